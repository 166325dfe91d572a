/* A chain from its first step to the exec. The caller's memory may be the parent's: nothing is allocated, and nobody is waited for. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "chain.h"

/* Where descriptors have to be closed one by one. */
enum { MANY_DESCRIPTORS = 65536 };

static void set_mask(uint64_t mask) { syscall(SYS_rt_sigprocmask, 2 /* SIG_SETMASK of the kernel */, &mask, NULL, sizeof mask); }

static int passes(int error) { return error == EACCES || error == EPERM || error == EISDIR || error == ENOTDIR; }

static const int32_t *step_of(const struct chain *chain) { return chain->words + chain->words[CHAIN_STEPS_AT]; }

static void close_range_of(unsigned first, unsigned last)
{
  struct rlimit limit;
  if (first > last || syscall(SYS_close_range, first, last, 0U) == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  /* Before Linux 5.9, or forbidden. What is not closed has close-on-exec at least. */
  rlim_t end = limit.rlim_max < MANY_DESCRIPTORS ? limit.rlim_max : MANY_DESCRIPTORS;
  for (rlim_t fd = first; fd <= last && fd < end; fd++) close((int)fd);
}

void chain_close_others(const int *kept, size_t count)
{
  unsigned first = 3;
  for (size_t index = 0; index < count; index++) {
    close_range_of(first, (unsigned)kept[index] - 1);
    first = (unsigned)kept[index] + 1;
  }
  close_range_of(first, ~0U);
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) == FD_CLOEXEC) close(fd);
}

static void lift_limits(const struct chain *chain, int32_t done)
{
  for (const int32_t *step = step_of(chain); done > 0; done--, step += CHAIN_STEP_WORDS) {
    struct rlimit limit;
    if (step[0] != STEP_LIMIT || getrlimit(step[2], &limit) < 0) continue;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(step[2], &limit);
  }
}

/*
 * Becomes the ordinary chain from a program on, which begins with the limits that were set: Node could not start under them.
 * `done`: so many steps. Comes back with errno.
 */
static int become(const struct chain *chain, int32_t image, int32_t done)
{
  if (image < 0) return ENOSYS;
  lift_limits(chain, done);
  const int32_t *entry = chain->words + chain->words[CHAIN_IMAGES_AT] + CHAIN_IMAGE_WORDS * image;
  set_mask(chain->mask);
  execve(chain->texts + entry[0], chain->vectors[entry[1]], chain->vectors[entry[2]]);
  return errno;
}

static int execute(const struct chain *chain)
{
  const int32_t *words = chain->words, *candidate = words + words[CHAIN_CANDIDATES_AT];
  int remembered = ENOENT;
  /* Not before: a signal of another user's could end what shares its memory with us. */
  set_mask(chain->mask);
  for (int32_t left = words[CHAIN_CANDIDATES]; left > 0; left--, candidate++) {
    execve(chain->texts + *candidate, chain->vectors[words[CHAIN_ARGV]], chain->vectors[words[CHAIN_ENVIRONMENT]]);
    if (errno == ENOENT) continue;
    remembered = errno;
    if (!passes(remembered)) break;
  }
  if (words[CHAIN_OTHERWISE] < 0) return remembered;
  if (words[CHAIN_ERRNO_AT] >= 0) {
    char *place = chain->texts + words[CHAIN_ERRNO_AT];
    for (int index = CHAIN_ERRNO_DIGITS - 1, rest = remembered; index >= 0; index--, rest /= 10) place[index] = (char)('0' + rest % 10);
  }
  return become(chain, words[CHAIN_OTHERWISE], words[CHAIN_STEPS]);
}

int chain_run(const struct chain *chain)
{
  const int32_t *step = step_of(chain);
  for (int32_t done = 0; done < chain->words[CHAIN_STEPS]; done++, step += CHAIN_STEP_WORDS)
    if (chain_do(chain, step) < 0) return become(chain, step[1], done);
  return execute(chain);
}
