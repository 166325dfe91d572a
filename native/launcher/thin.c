/*
 * The thin process: what the supervisor sees of a daemon of ours whose work is done by a host that many of them share
 * (src/actors/shared-host). It has the pid, takes the signals, keeps the descriptors that must survive the host, and exits
 * with the code that the host says. Small and linked statically: there is one per logger.
 *
 * The launcher starts it, with the name of the program in S6_ACTORS_THIN. Where no host can be had it execs the launcher
 * again, with S6_ACTORS_ALONE: run by yourself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "connect-host.h"

/*
 * What goes over the socket, one packet each (src/actors/shared-host/messages.ts):
 *   to the host    H version inherited kept [number: 4 bytes each] [label each] with descriptors: papers, 0, 1, 2, the
 *                  working directory, the inherited ones, the kept ones
 *                  S signal
 *   from the host  T taken; N no: run by yourself; K label, with a descriptor: keep it; D label: drop it;
 *                  C number: close your own; A signal: heard; X code: exit
 * The papers: texts, each with a NUL: program, umask, soft RLIMIT_NOFILE, count of arguments, arguments, environment.
 */
enum { VERSION = 1, LABELS = 96, INHERITED = 96 };

static const int SIGNALS[] = {SIGTERM, SIGHUP, SIGALRM};
enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof SIGNALS[0] };

static struct {
  const char *program, *root;
  int argc;
  char **argv;
  int inherited[INHERITED];
  int inherited_count;
  int kept[LABELS];
  int is_taken;
  uint64_t unheard; /* told to a host that has not said that it took them in */
} me;

static volatile uint64_t caught; /* bit n: signal n; only touched while signals are blocked */

static void on_signal(int number) { caught |= UINT64_C(1) << number; }

static int put(int fd, const char *text)
{
  for (size_t size = strlen(text) + 1; size > 0;) {
    ssize_t count = write(fd, text, size);
    if (count < 0) return 0;
    text += count;
    size -= (size_t)count;
  }
  return 1;
}

static int put_number(int fd, const char *format, unsigned long long number)
{
  char digits[32];
  snprintf(digits, sizeof digits, format, number);
  return put(fd, digits);
}

static int write_papers(void)
{
  int fd = (int)syscall(SYS_memfd_create, "papers", MFD_CLOEXEC);
  if (fd < 0) return -1;
  struct rlimit limit;
  mode_t mask = umask(0);
  umask(mask);
  getrlimit(RLIMIT_NOFILE, &limit);
  int is_whole = put(fd, me.program) && put_number(fd, "%llo", mask) &&
                 put_number(fd, "%lld", limit.rlim_cur == RLIM_INFINITY ? ~0ULL : limit.rlim_cur) &&
                 put_number(fd, "%llu", (unsigned)(me.argc - 1));
  for (int index = 1; index < me.argc; index++) is_whole = is_whole && put(fd, me.argv[index]);
  for (char **entry = environ; *entry; entry++) is_whole = is_whole && put(fd, *entry);
  if (is_whole && lseek(fd, 0, SEEK_SET) == 0) return fd;
  close(fd);
  return -1;
}

static int introduce(int host)
{
  unsigned char packet[4 + 4 * INHERITED + LABELS];
  int fds[5 + INHERITED + LABELS];
  size_t size = 4, count = 0;
  int papers = write_papers(), here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  fds[count++] = papers;
  for (int fd = 0; fd <= 2; fd++) fds[count++] = fd;
  fds[count++] = here;
  packet[0] = 'H';
  packet[1] = VERSION;
  packet[2] = (unsigned char)me.inherited_count;
  packet[3] = 0;
  for (int index = 0; index < me.inherited_count; index++) {
    int32_t number = me.inherited[index];
    memcpy(packet + size, &number, sizeof number);
    size += sizeof number;
    fds[count++] = number;
  }
  for (int label = 0; label < LABELS; label++) {
    if (me.kept[label] < 0) continue;
    packet[3]++;
    packet[size++] = (unsigned char)label;
    fds[count++] = me.kept[label];
  }
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof fds)]; } control;
  memset(&control, 0, sizeof control);
  struct iovec vector = {packet, size};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(part), fds, count * sizeof(int));
  int is_sent = papers >= 0 && here >= 0 && sendmsg(host, &message, MSG_NOSIGNAL) == (ssize_t)size;
  if (papers >= 0) close(papers);
  if (here >= 0) close(here);
  return is_sent;
}

static int tell_signals(int host)
{
  for (int number = 1; number < 64; number++) {
    uint64_t bit = UINT64_C(1) << number;
    if (!(caught & bit)) continue;
    unsigned char packet[2] = {'S', (unsigned char)number};
    if (send(host, packet, sizeof packet, MSG_NOSIGNAL) != sizeof packet) return 0;
    caught &= ~bit;
    me.unheard |= bit;
  }
  return 1;
}

static void drop(int label)
{
  if (me.kept[label] >= 0) close(me.kept[label]);
  me.kept[label] = -1;
}

/* The number stays taken: another host, or this program by itself, will look for it. */
static void close_own(int number)
{
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return;
  dup2(nothing, number);
  close(nothing);
}

/* One packet of the host. 0: it is gone. */
static int hear(int host, int *is_refused)
{
  unsigned char packet[16];
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control;
  struct iovec vector = {packet, sizeof packet};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  ssize_t size = recvmsg(host, &message, MSG_CMSG_CLOEXEC);
  if (size < 0 && errno == EINTR) return 1;
  if (size <= 0) return 0;
  int value = size > 1 ? packet[1] : 0;
  if (size > 4) memcpy(&value, packet + 1, sizeof value);
  switch (packet[0]) {
    case 'T': me.is_taken = 1; break;
    case 'N': *is_refused = 1; break;
    case 'K': {
      struct cmsghdr *part = CMSG_FIRSTHDR(&message);
      if (!part || part->cmsg_type != SCM_RIGHTS || value >= LABELS) return 0;
      drop(value);
      memcpy(&me.kept[value], CMSG_DATA(part), sizeof(int));
      break;
    }
    case 'D': if (value < LABELS) drop(value); break;
    case 'C': close_own(value); break;
    case 'A': me.unheard &= ~(UINT64_C(1) << value); break;
    case 'X': _exit(value);
  }
  return 1;
}

/* Pages of the stack that the introduction has touched and nobody needs any more: there is one process per logger. */
__attribute__((noinline)) static void give_back_stack(void)
{
  enum { RED_ZONE = 512, DEPTH = 65536 };
  char here;
  uintptr_t end = ((uintptr_t)&here - RED_ZONE) & ~(uintptr_t)(getpagesize() - 1);
  madvise((void *)(end - DEPTH), DEPTH, MADV_DONTNEED);
}

/* Until the host is gone. 1: it has refused us. */
static int serve(int host, const sigset_t *usual)
{
  int is_refused = 0;
  give_back_stack();
  while (!is_refused) {
    if (me.is_taken && !tell_signals(host)) return 0;
    struct pollfd wanted = {host, POLLIN, 0};
    if (ppoll(&wanted, 1, NULL, usual) > 0 && !hear(host, &is_refused)) return 0;
  }
  return 1;
}

/* Descriptors that a program would find open, beyond 0, 1, 2. 0: too many, or nobody knows. */
static int find_inherited(void)
{
  char entries[1024];
  int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return 0;
  for (long size; (size = syscall(SYS_getdents64, dir, entries, sizeof entries)) > 0;) {
    for (long at = 0; at < size;) {
      unsigned short length;
      memcpy(&length, entries + at + 16, sizeof length);
      int fd = atoi(entries + at + 19), flags = fd >= 3 ? fcntl(fd, F_GETFD) : -1;
      at += length;
      if (flags < 0 || (flags & FD_CLOEXEC)) continue;
      if (me.inherited_count == INHERITED) {
        close(dir);
        return 0;
      }
      me.inherited[me.inherited_count++] = fd;
    }
  }
  close(dir);
  return 1;
}

/* As long as somebody has us. */
static void be_served(void)
{
  sigset_t ours, mask, usual;
  struct sigaction action = {.sa_handler = on_signal}, old[SIGNAL_COUNT];
  sigfillset(&action.sa_mask);
  sigemptyset(&ours);
  for (int index = 0; index < SIGNAL_COUNT; index++) sigaddset(&ours, SIGNALS[index]);
  sigprocmask(SIG_BLOCK, &ours, &mask);
  usual = mask;
  for (int index = 0; index < SIGNAL_COUNT; index++) {
    sigdelset(&usual, SIGNALS[index]);
    sigaction(SIGNALS[index], &action, &old[index]);
  }
  /* Whoever was taken once keeps what its host had read: it needs another host. */
  for (int is_refused = 0, was_taken = 0, tries = 0; !is_refused;) {
    struct timespec before, now;
    clock_gettime(CLOCK_MONOTONIC, &before);
    me.is_taken = 0;
    int host = connect_host(me.root);
    if (host >= 0 && introduce(host)) is_refused = serve(host, &usual);
    if (host >= 0) close(host);
    caught |= me.unheard;
    was_taken |= me.is_taken;
    if (!was_taken && ++tries == 2) break; /* the first one may have been about to leave */
    if (!was_taken) continue;
    /* One that can't even take us, or dies of us, is not to be had by asking faster. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!me.is_taken) pause_ms(1000);
    else if (now.tv_sec - before.tv_sec < 2) pause_ms(50);
  }
  for (int index = 0; index < SIGNAL_COUNT; index++) sigaction(SIGNALS[index], &old[index], NULL);
  for (int number = 1; number < 64; number++)
    if (caught & UINT64_C(1) << number) raise(number);
  sigprocmask(SIG_SETMASK, &mask, NULL);
}

int main(int argc, char **argv)
{
  static char program[NAME_MAX + 1], root[PATH_MAX];
  const char *name = getenv("S6_ACTORS_THIN");
  ssize_t size = readlink("/proc/self/exe", root, sizeof root - 1);
  if (!name || strlen(name) >= sizeof program || size <= 0) return 100; /* nobody but the launcher starts it */
  strcpy(program, name);
  unsetenv("S6_ACTORS_THIN");
  for (int level = 0; level < 3; level++) { /* dist/native/thin */
    char *slash = strrchr(root, '/');
    if (slash) *slash = 0;
  }
  prctl(PR_SET_NAME, program);
  me.program = program;
  me.root = root;
  me.argc = argc;
  me.argv = argv;
  for (int label = 0; label < LABELS; label++) me.kept[label] = -1;
  if (find_inherited()) be_served();

  char launcher[PATH_MAX + NAME_MAX];
  snprintf(launcher, sizeof launcher, "%s/bin/%s", root, program);
  setenv("S6_ACTORS_ALONE", "1", 1);
  execv(launcher, argv); /* what was kept is close-on-exec */
  return 111;
}
