#pragma once

#include <stddef.h>
#include <stdint.h>

/* Entries of one size, all of them zero at first, in memory that grows. */
struct table {
  void *entries;
  uint32_t room;
  size_t size;
};

/* 0: there is no memory for an entry of that number. */
int table_reach(struct table *table, uint32_t index);
