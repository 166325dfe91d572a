/*
 * The thin process: what the supervisor sees of a daemon of ours whose work is done by a host that many of them share
 * (src/actors/shared-host). It has the pid, takes the signals, has the children, keeps the descriptors that must survive the
 * host, and exits with the code that the host says. Small and linked statically: there is one per daemon.
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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "children.h"
#include "connect-host.h"
#include "introduce.h"
#include "kept.h"

/*
 * What goes over the socket, one packet each, in words of four bytes, after the introduction (introduce.c):
 *   to the host    S signal; P id pid stage errno: that child was started, or (pid 0) why not; E id status: it has ended
 *   from the host  T taken; N no: run by yourself; K label, with descriptors: keep them, from that label on; D label: drop it; C number: close your
 *                  own; A signal: heard; X code: exit; F...: start a child (order.h); G id signal: to that child
 */
enum { PACKET_BYTES = 32768, CARRIED = 1 + ORDER_NUMBERS, MOST_SIGNALS = 6 };

/* What each program traps; SIGCHLD: it has children. */
static const struct role {
  const char *program;
  int signals[MOST_SIGNALS];
} ROLES[] = {
  {"s6-fdholderd", {SIGTERM, SIGHUP}},
  {"s6-ipcserverd", {SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGCHLD}},
  {"s6-log", {SIGTERM, SIGHUP, SIGALRM}},
  {"s6-socklog", {SIGTERM}},
};

static struct {
  struct self self;
  struct birth birth;
  struct sigaction old[MOST_SIGNALS];
  int is_taken, is_lost;
  uint64_t unheard; /* told to a host that has not said that it took them in */
  _Alignas(8) unsigned char packet[PACKET_BYTES];
} me;

static volatile uint64_t caught; /* bit n: signal n; only touched while signals are blocked */

static void on_signal(int number) { caught |= UINT64_C(1) << number; }

/* A host that can't be told anything is lost, but what it said before counts. */
static int tell(int host, const uint32_t *words, size_t count)
{
  size_t size = count * sizeof *words;
  if (send(host, words, size, MSG_NOSIGNAL) != (ssize_t)size) me.is_lost = 1;
  return !me.is_lost;
}

/* Whose end a host does not hear of is not counted by the next one, either: it is told only of those that live. */
static int tell_ends(int host)
{
  int status;
  for (struct child child; (child = child_reap(&status)).pid != 0;) {
    if (!tell(host, (uint32_t[]){'E', child.id, (uint32_t)status}, 3)) return 0;
  }
  return 1;
}

static void tell_signals(int host)
{
  for (uint32_t number = 1; number < 64; number++) {
    uint64_t bit = UINT64_C(1) << number;
    if (!(caught & bit)) continue;
    if (number == SIGCHLD ? !tell_ends(host) : !tell(host, (uint32_t[]){'S', number}, 2)) return;
    caught &= ~bit;
    if (number != SIGCHLD) me.unheard |= bit;
  }
}

/* The number stays taken: another host, or this program by itself, will look for it. No child finds it. */
static void close_own(int number)
{
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return;
  dup3(nothing, number, O_CLOEXEC);
  close(nothing);
}

static int start_child(int host, size_t size, const int *fds, size_t fd_count, int is_whole)
{
  struct order order;
  enum spawn_stage stage = SPAWN_DESCRIPTORS;
  int error = EMFILE;
  if (!order_parse(&order, me.packet, size) || (is_whole && fd_count != order.count + (size_t)order.is_in_file)) return 0;
  pid_t pid = is_whole ? child_start(&order, fds, &me.birth, &stage, &error) : 0;
  tell(host, (uint32_t[]){'P', order.id, (uint32_t)pid, stage, (uint32_t)error}, 5);
  return 1;
}

/* What a host says; not whole: there was no room for its descriptors. 0: it is none that we understand. */
static int obey(int host, size_t size, int *fds, size_t fd_count, int is_whole, int *is_refused)
{
  uint32_t words[3] = {0};
  memcpy(words, me.packet, size < sizeof words ? size : sizeof words);
  switch (words[0]) {
    case 'T': me.is_taken = 1; return 1;
    case 'N': *is_refused = 1; return 1;
    case 'K': {
      if (!is_whole) return 1; /* the host has it, as long as it lives */
      int is_kept = fd_count > 0;
      for (size_t index = 0; index < fd_count; index++) {
        is_kept &= kept_put(words[1] + (uint32_t)index, fds[index]);
        fds[index] = -1;
      }
      return is_kept;
    }
    case 'D': kept_drop(words[1]); return 1;
    case 'C': close_own((int)words[1]); return 1;
    case 'A': me.unheard &= ~(UINT64_C(1) << (words[1] & 63)); return 1;
    case 'X': _exit((int)words[1]);
    case 'F': return start_child(host, size, fds, fd_count, is_whole);
    case 'G': child_kill(words[1], (int)words[2]); return 1;
    default: return 0;
  }
}

/* One packet of the host. 0: it is gone. */
static int hear(int host, int *is_refused)
{
  int fds[CARRIED];
  size_t count = 0;
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof fds)]; } control;
  struct iovec vector = {me.packet, sizeof me.packet};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  ssize_t size = recvmsg(host, &message, MSG_CMSG_CLOEXEC | (me.is_lost ? MSG_DONTWAIT : 0));
  /* ECONNRESET: it died, and had not heard all; what it said before comes after that. */
  if (size < 0 && (errno == EINTR || errno == ECONNRESET)) return 1;
  if (size <= 0) return 0;
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
    count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(part), count * sizeof(int));
  }
  int is_whole = !(message.msg_flags & MSG_CTRUNC);
  int is_good = !(message.msg_flags & MSG_TRUNC) && obey(host, (size_t)size, fds, count, is_whole, is_refused);
  for (size_t index = 0; index < count; index++)
    if (fds[index] >= 0) close(fds[index]);
  return is_good;
}

/* Pages of the stack that the introduction has touched and nobody needs any more: there is one process per daemon. */
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
    if (me.is_taken && !me.is_lost && caught != 0) tell_signals(host);
    struct pollfd wanted = {host, POLLIN, 0};
    if ((me.is_lost || ppoll(&wanted, 1, NULL, usual) > 0) && !hear(host, &is_refused)) return 0;
  }
  return 1;
}

/* As long as somebody has us. Whoever was taken once keeps what its host had got: it needs another host. */
static void find_hosts(const sigset_t *usual)
{
  for (int is_refused = 0, tries = 0; !is_refused;) {
    struct timespec before, now;
    clock_gettime(CLOCK_MONOTONIC, &before);
    me.is_taken = me.is_lost = 0;
    int host = connect_host(me.self.root);
    if (host >= 0 && introduce(&me.self, host)) is_refused = serve(host, usual);
    if (host >= 0) close(host);
    caught |= me.unheard;
    me.self.was_taken |= me.is_taken;
    if (!me.self.was_taken && ++tries == 2) return; /* the first one may have been about to leave */
    if (!me.self.was_taken) continue;
    /* One that can't even take us, or dies of us, is not to be had by asking faster. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!me.is_taken) pause_ms(1000);
    else if (now.tv_sec - before.tv_sec < 2) pause_ms(50);
  }
}

static void be_served(const struct role *role)
{
  sigset_t ours, mask, usual;
  struct sigaction action = {.sa_handler = on_signal};
  sigfillset(&action.sa_mask);
  sigemptyset(&ours);
  for (int index = 0; role->signals[index]; index++) sigaddset(&ours, role->signals[index]);
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &me.birth.mask, sizeof me.birth.mask);
  sigprocmask(SIG_BLOCK, &ours, &mask);
  usual = mask;
  for (int index = 0; role->signals[index]; index++) {
    sigdelset(&usual, role->signals[index]);
    sigaction(role->signals[index], &action, &me.old[index]);
  }
  me.birth.signals = role->signals;
  me.birth.actions = me.old;
  me.birth.inherited = me.self.inherited;
  me.birth.inherited_count = me.self.inherited_count;
  find_hosts(&usual);
  for (int index = 0; role->signals[index]; index++) sigaction(role->signals[index], &me.old[index], NULL);
  for (int number = 1; number < 64; number++)
    if (number != SIGCHLD && caught & UINT64_C(1) << number) raise(number);
  sigprocmask(SIG_SETMASK, &mask, NULL);
}

int main(int argc, char **argv)
{
  static char root[PATH_MAX];
  const char *name = getenv("S6_ACTORS_THIN");
  const struct role *role = ROLES, *end = ROLES + sizeof ROLES / sizeof ROLES[0];
  ssize_t size = readlink("/proc/self/exe", root, sizeof root - 1);
  while (role < end && (!name || strcmp(name, role->program))) role++;
  if (role == end || size <= 0) return 100; /* nobody but the launcher starts it */
  unsetenv("S6_ACTORS_THIN");
  for (int level = 0; level < 3; level++) { /* dist/native/thin */
    char *slash = strrchr(root, '/');
    if (slash) *slash = 0;
  }
  prctl(PR_SET_NAME, role->program);
  me.self = (struct self){.program = role->program, .root = root, .argc = argc, .argv = argv};
  if (find_inherited(&me.self)) be_served(role);

  char launcher[PATH_MAX + NAME_MAX];
  snprintf(launcher, sizeof launcher, "%s/bin/%s", root, role->program);
  setenv("S6_ACTORS_ALONE", "1", 1);
  for (int fd = 0; fd < 3; fd++) fcntl(fd, F_SETFD, 0);
  for (int index = 0; index < me.self.inherited_count; index++) fcntl(me.self.inherited[index], F_SETFD, 0);
  execv(launcher, argv); /* what was kept is close-on-exec */
  return 111;
}
