/*
 * From an order to a process. The child runs in our memory, on a stack of its own, until its exec, while we wait for that: so
 * a failure comes back as a plain store. The memory that it needs is mapped for the occasion and given back.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUARD = 4096, STACK = 32768, KEPT = ORDER_NUMBERS + 96 };

struct plan {
  struct chain chain;
  const struct order *order;
  const struct birth *birth;
  const int *fds; /* of the numbers */
  /* Written by the child. */
  enum spawn_stage stage;
  int error;
};

static uint64_t set_mask(uint64_t mask)
{
  uint64_t before = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
  return before;
}

_Noreturn static void fail(struct plan *plan, enum spawn_stage stage)
{
  plan->error = errno;
  plan->stage = stage;
  _exit(127);
}

/* Each to its number; what is in the way goes above them all first. */
static int move_descriptors(const struct plan *plan)
{
  const struct order *order = plan->order;
  int sources[ORDER_NUMBERS];
  for (size_t index = 0; index < order->count; index++) {
    int highest = order->numbers[order->count - 1];
    sources[index] = plan->fds[index];
    if (sources[index] == order->numbers[index] || sources[index] > highest) continue;
    if ((sources[index] = fcntl(plan->fds[index], F_DUPFD_CLOEXEC, highest + 1)) < 0) return -1;
  }
  for (size_t index = 0; index < order->count; index++) {
    int number = order->numbers[index];
    if (sources[index] == number ? fcntl(number, F_SETFD, 0) < 0 : dup2(sources[index], number) < 0) return -1;
  }
  return 0;
}

/* Those that we were born with, unless they have been closed since, and those of the order. */
static size_t find_kept(const struct plan *plan, int *kept)
{
  const struct order *order = plan->order;
  const struct birth *birth = plan->birth;
  size_t count = 0, next = 0;
  for (int index = 0; index < birth->inherited_count; index++) {
    int fd = birth->inherited[index];
    for (; next < order->count && order->numbers[next] < fd; next++)
      if (order->numbers[next] >= 3) kept[count++] = order->numbers[next];
    if (next < order->count && order->numbers[next] == fd) next++;
    else if (fcntl(fd, F_GETFD) != 0) continue;
    kept[count++] = fd;
  }
  for (; next < order->count; next++)
    if (order->numbers[next] >= 3) kept[count++] = order->numbers[next];
  return count;
}

static int child(void *argument)
{
  struct plan *plan = argument;
  int kept[KEPT];
  for (size_t index = 0; plan->birth->signals[index]; index++) sigaction(plan->birth->signals[index], &plan->birth->actions[index], NULL);
  if (move_descriptors(plan) < 0) fail(plan, SPAWN_DESCRIPTORS);
  chain_close_others(kept, find_kept(plan, kept));
  errno = chain_run(&plan->chain);
  fail(plan, SPAWN_EXEC);
}

static int read_all(int fd, unsigned char *into, size_t size)
{
  for (size_t at = 0; at < size;) {
    ssize_t count = pread(fd, into + at, size - at, (off_t)at);
    if (count <= 0) return 0;
    at += (size_t)count;
  }
  return 1;
}

/* On `memory`: the stack is below `top`. */
static pid_t clone_plan(struct plan *plan, unsigned char *top)
{
  uint64_t mask = set_mask(~UINT64_C(0));
  int dumpable = plan->chain.changes_ids ? prctl(PR_GET_DUMPABLE) : 0;
  if (dumpable == 1) prctl(PR_SET_DUMPABLE, 0);
  pid_t pid = clone(child, top, CLONE_VM | CLONE_VFORK | SIGCHLD, plan);
  if (pid < 0) plan->error = errno;
  if (dumpable == 1) prctl(PR_SET_DUMPABLE, 1);
  if (pid > 0 && plan->error != 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    pid = 0;
  }
  set_mask(mask);
  return pid > 0 ? pid : 0;
}

/* The chain is read to behind `top`, and its vectors behind it. */
static int prepare(struct plan *plan, unsigned char *top, size_t bytes)
{
  const struct order *order = plan->order;
  if (order->is_in_file ? !read_all(plan->fds[-1], top, bytes) : !memcpy(top, order->chain_bytes, bytes)) return 0;
  char *texts = (char *)top + order->word_count * sizeof(int32_t);
  return chain_check(&plan->chain, (const int32_t *)(const void *)top, order->word_count, texts, order->text_size);
}

pid_t spawn_chain(const struct order *order, const int *fds, const struct birth *birth, enum spawn_stage *stage, int *error)
{
  struct plan plan = {.order = order, .birth = birth, .fds = order->is_in_file ? fds + 1 : fds};
  /* chain_check lets no vectors through that need more: a pointer for each text, one for each end, one for each vector. */
  size_t bytes = order_chain_bytes(order), room = sizeof(void *) * (order->text_size + order->word_count);
  size_t from = GUARD + STACK, at = (bytes + sizeof(void *) - 1) & ~(sizeof(void *) - 1), size = from + at + room;
  pid_t pid = 0;
  plan.error = ENOMEM;
  unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) {
    mprotect(memory, GUARD, PROT_NONE);
    plan.error = EINVAL;
    if (prepare(&plan, memory + from, bytes) && plan.chain.room <= room) {
      plan.error = 0;
      plan.chain.mask = birth->mask;
      chain_link(&plan.chain, memory + from + at);
      pid = clone_plan(&plan, memory + from);
    }
    munmap(memory, size);
  }
  *stage = plan.stage;
  *error = plan.error;
  return pid;
}
