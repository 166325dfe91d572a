#include "kept.h"

#include "table.h"

#include <unistd.h>

/* One more than the descriptor; 0: none. So what was never used is memory that nobody touches. */
static int usual[96];
static struct table table = {usual, sizeof usual / sizeof usual[0], sizeof usual[0]};
static uint32_t count;

int kept_put(uint32_t label, int fd)
{
  if (label >= KEPT_LABELS || !table_reach(&table, label)) {
    close(fd);
    return 0;
  }
  kept_drop(label);
  ((int *)table.entries)[label] = fd + 1;
  count++;
  return 1;
}

void kept_drop(uint32_t label)
{
  int *fds = table.entries;
  if (label >= table.room || fds[label] == 0) return;
  close(fds[label] - 1);
  fds[label] = 0;
  count--;
}

uint32_t kept_count(void) { return count; }

uint32_t kept_next(uint32_t label, int *fd)
{
  const int *fds = table.entries;
  for (; label < table.room; label++) {
    if (fds[label] == 0) continue;
    *fd = fds[label] - 1;
    return label;
  }
  return KEPT_LABELS;
}
