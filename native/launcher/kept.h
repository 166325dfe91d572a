#pragma once

#include <stdint.h>

/* Descriptors that a thin process keeps for its hosts, each under a number that they have chosen: they choose the lowest. */

enum { KEPT_LABELS = 1 << 20 };

/* The descriptor is ours from now on; what was there before is closed. 0: there is no room, and it is closed. */
int kept_put(uint32_t label, int fd);
void kept_drop(uint32_t label);
uint32_t kept_count(void);
/* The first label from `label` on that has one, which goes to *fd; KEPT_LABELS: there is none. */
uint32_t kept_next(uint32_t label, int *fd);
