/* The table of children, and what becomes of them. spawn.c makes them. */
#include "children.h"

#include <errno.h>
#include <sys/wait.h>

#include "spawn.h"
#include "table.h"

static struct child usual[8];
static struct table table = {usual, sizeof usual / sizeof usual[0], sizeof usual[0]};
static uint32_t count;

pid_t child_start(const struct order *order, const int *fds, const struct birth *birth, enum spawn_stage *stage, int *error)
{
  *stage = SPAWN_CLONE;
  if (!table_reach(&table, count)) {
    *error = ENOMEM;
    return 0;
  }
  pid_t pid = spawn_chain(order, fds, birth, stage, error);
  if (pid != 0) ((struct child *)table.entries)[count++] = (struct child){pid, order->id, order->tag};
  return pid;
}

struct child child_reap(int *status)
{
  struct child *children = table.entries;
  for (pid_t pid; (pid = waitpid(-1, status, WNOHANG)) > 0;) {
    for (uint32_t index = 0; index < count; index++) {
      struct child child = children[index];
      if (child.pid != pid) continue;
      children[index] = children[--count];
      return child;
    }
  }
  return (struct child){0, 0, 0};
}

void child_kill(uint32_t id, int signal)
{
  const struct child *children = table.entries;
  for (uint32_t index = 0; index < count; index++)
    if (children[index].id == id) kill(children[index].pid, signal);
}

uint32_t children_count(void) { return count; }

struct child child_at(uint32_t index) { return ((struct child *)table.entries)[index]; }
