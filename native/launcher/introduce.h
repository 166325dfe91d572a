#pragma once

/* What a thin process was born with, and what it says of itself to a host. */

enum { INHERITED = 96 };

struct self {
  const char *program, *root;
  int argc;
  char **argv;
  /* Descriptors that a program would find open, beyond 0, 1, 2; ascending. */
  int inherited[INHERITED];
  int inherited_count;
  /* A host has begun its work: another one goes on. */
  int was_taken;
};

/* 0: too many descriptors, or nobody knows. */
int find_inherited(struct self *self);
/* Says everything to a host that has just been connected to. 0: it is gone, or it can't be said. */
int introduce(const struct self *self, int host);
