/* What one step of a chain does to the process that does it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "chain.h"

enum { MEMORY_DEVICES = 1 }; /* null, zero, full, random... */

/* Would opening it wait for somebody, or do something? */
static int is_quick(const char *path)
{
  struct stat found;
  if (stat(path, &found) < 0) return errno == ENOENT;
  return S_ISREG(found.st_mode) || S_ISDIR(found.st_mode) || (S_ISCHR(found.st_mode) && major(found.st_rdev) == MEMORY_DEVICES);
}

/* Our memory is that of the parent: whoever has the new ids must not get at it. */
static int unseen(long result)
{
  prctl(PR_SET_DUMPABLE, 0);
  return (int)result;
}

static rlim_t whole(int32_t low, int32_t high) { return (uint32_t)low | (rlim_t)(uint32_t)high << 32; }

static int move(int from, int to, int copies)
{
  if (from == to) return copies ? -1 : fcntl(from, F_SETFD, 0);
  if (dup2(from, to) < 0) return -1;
  if (!copies) close(from);
  return 0;
}

static int swap(int one, int other)
{
  int kept = dup(one);
  if (kept < 0) return -1;
  if (fcntl(other, F_GETFD) < 0 || dup2(other, one) < 0) {
    close(kept);
    return -1;
  }
  return move(kept, other, 0);
}

static int block(int fd, int nonblocking)
{
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/* step: [to, flags, does it block in the end?, text] */
static int open_at(const int32_t *step, const char *path)
{
  struct rlimit limit;
  /* Not after the file has been made. */
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)step[0] >= limit.rlim_cur || !is_quick(path)) return -1;
  int fd = open(path, step[1] | O_NONBLOCK, 0666);
  if (fd < 0) return -1;
  if (block(fd, step[2] == 0) < 0 || (fd != step[0] && move(fd, step[0], 0) < 0)) {
    close(fd);
    return -1;
  }
  return 0;
}

static int make_pipe(int read_end, int write_end)
{
  int ends[2], highest = read_end > write_end ? read_end : write_end;
  if (highest == INT_MAX || pipe(ends) < 0) return -1;
  /* Out of the way of both numbers. */
  int copy = fcntl(ends[1], F_DUPFD, highest + 1);
  close(ends[1]);
  if (copy < 0 || (ends[0] != read_end && move(ends[0], read_end, 0) < 0) || move(copy, write_end, 0) < 0) {
    close(ends[0]);
    if (copy >= 0) close(copy);
    return -1;
  }
  return 0;
}

/* step: [resource, 0 soft 1 hard 2 both, as much as possible?, low, high] */
static int set_limit(const int32_t *step)
{
  struct rlimit limit;
  if (getrlimit(step[0], &limit) < 0) return -1;
  rlim_t told = whole(step[3], step[4]);
  int most = step[2] != 0;
  if (step[1] == 0) limit.rlim_cur = most || told > limit.rlim_max ? limit.rlim_max : told;
  else if (step[1] == 1) limit.rlim_max = most ? RLIM_INFINITY : told;
  else limit.rlim_cur = limit.rlim_max = most ? RLIM_INFINITY : told;
  return setrlimit(step[0], &limit);
}

static int set_limits(const int32_t *step)
{
  struct rlimit limits = {whole(step[1], step[2]), whole(step[3], step[4])};
  return setrlimit(step[0], &limits);
}

/* step: [its number or -1, shared?, unused, text]. One that is held is waited for by its own program. */
static int lock(const int32_t *step, const char *path)
{
  int shared = step[1] != 0;
  int fd = open(path, shared ? O_RDONLY | O_NONBLOCK : O_WRONLY | O_CREAT | O_NONBLOCK, 0666);
  if (fd < 0) return -1;
  if (step[0] >= 0 && fd != step[0]) {
    if (move(fd, step[0], 0) < 0) {
      close(fd);
      return -1;
    }
    fd = step[0];
  }
  struct flock wanted = {.l_type = shared ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_SETLK, &wanted) == 0) return 0;
  close(fd);
  return -1;
}

int chain_do(const struct chain *chain, const int32_t *words)
{
  const int32_t *step = words + 2;
  switch (words[0]) {
    case STEP_CHDIR: return chdir(chain->texts + step[0]);
    case STEP_UMASK: umask((mode_t)step[0]); return 0;
    case STEP_MOVE: return move(step[0], step[1], step[2] != 0);
    case STEP_CLOSE: close(step[0]); return 0;
    case STEP_SWAP: return swap(step[0], step[1]);
    case STEP_BLOCK: return block(step[0], step[1] != 0);
    case STEP_OPEN: return open_at(step, chain->texts + step[3]);
    case STEP_PIPE: return make_pipe(step[0], step[1]);
    /* The C library would tell all threads of the parent. */
    case STEP_GROUPS: return unseen(syscall(SYS_setgroups, (size_t)step[0], chain->words + step[1]));
    case STEP_GID: return unseen(syscall(SYS_setgid, (unsigned)step[0]));
    case STEP_UID: return unseen(syscall(SYS_setuid, (unsigned)step[0]));
    case STEP_LIMIT: return set_limit(step);
    case STEP_SESSION: return (int)setsid();
    case STEP_GROUP: return setpgid(0, 0);
    case STEP_LOCK: return lock(step, chain->texts + step[3]);
    case STEP_LIMITS: return set_limits(step);
    case STEP_SOCKET: return chain_bind(chain->texts + step[3], step[0], step[1], step[2]);
    default: return -1;
  }
}
