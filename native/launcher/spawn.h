#pragma once

#include "children.h"

/* child_start without the table. */
pid_t spawn_chain(const struct order *order, const int *fds, const struct birth *birth, enum spawn_stage *stage, int *error);
