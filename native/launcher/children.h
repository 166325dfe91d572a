#pragma once

#include <signal.h>
#include <stdint.h>

#include "order.h"

/* The children of a thin process, which its hosts order. */

struct child {
  pid_t pid; /* 0: nobody */
  /* The host's number for it, and what it is to the daemon. */
  uint32_t id;
  int32_t tag;
};

/* What a child gets that the thin process had at its birth. */
struct birth {
  uint64_t mask;
  const int *signals; /* whose handlers are ours, 0 at the end */
  const struct sigaction *actions;
  const int *inherited; /* ascending */
  int inherited_count;
};

enum spawn_stage { SPAWN_CLONE, SPAWN_CHDIR, SPAWN_DESCRIPTORS, SPAWN_EXEC };

/* The pid; or 0 and stage and errno. `fds`: as in the packet; they stay open. */
pid_t child_start(const struct order *order, const int *fds, const struct birth *birth, enum spawn_stage *stage, int *error);
/* One that has ended, its wait status in *status; a pid of 0 there: none has. Unknown ones are waited for and passed over. */
struct child child_reap(int *status);
void child_kill(uint32_t id, int signal);
uint32_t children_count(void);
/* index below children_count(). */
struct child child_at(uint32_t index);
