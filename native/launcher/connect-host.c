/* Finds the host that a thin process shares with others, or starts it (thin.c). */
#include "connect-host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 4096, HOST_SOCKET = 3, HELLO = 'W', CONNECT_SECONDS = 2, HELLO_SECONDS = 20 };

/* Names that a host may have: more than one, since anybody can take one. */
enum { PLACES = 4 };

void pause_ms(long ms)
{
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
  const unsigned char *at = bytes;
  while (size--) hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
  return hash;
}

/* 0: unknown */
static uint64_t mix_link(uint64_t hash, const char *path)
{
  char target[128];
  ssize_t size = readlink(path, target, sizeof target);
  return size <= 0 ? 0 : mix(hash, target, (size_t)size);
}

static uint64_t mix_place(uint64_t hash, const char *path)
{
  struct stat status;
  if (stat(path, &status) < 0) return 0;
  hash = mix(hash, &status.st_dev, sizeof status.st_dev);
  hash = mix(hash, &status.st_ino, sizeof status.st_ino);
  return mix(hash, &status.st_ctim, sizeof status.st_ctim);
}

static uint64_t mix_file(uint64_t hash, const char *path, const char *const *starts)
{
  char text[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return starts ? 0 : hash;
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size < 0) return starts ? 0 : hash;
  if (!starts) return mix(hash, text, (size_t)size);
  text[size] = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    for (const char *const *start = starts; *start; start++)
      if (!strncmp(line, *start, strlen(*start))) hash = mix(hash, line, strlen(line));
  return hash;
}

/* What the kernel lets a process do, and where: only those who may do the same things share a host. `who`: self, or a pid.
   0: can't be known, or is none of our business. */
static uint64_t standing(const char *who)
{
  static const char *const RIGHTS[] = {"Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp", NULL};
  static const char *const SPACES[] = {"mnt", "pid", "user"};
  struct stat root;
  char path[64];
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  snprintf(path, sizeof path, "/proc/%s/root/", who);
  if (stat(path, &root) < 0) return 0;
  hash = mix(hash, &root.st_dev, sizeof root.st_dev);
  hash = mix(hash, &root.st_ino, sizeof root.st_ino);
  for (size_t index = 0; hash && index < sizeof SPACES / sizeof SPACES[0]; index++) {
    snprintf(path, sizeof path, "/proc/%s/ns/%s", who, SPACES[index]);
    hash = mix_link(hash, path);
  }
  snprintf(path, sizeof path, "/proc/%s/status", who);
  if (!hash || !(hash = mix_file(hash, path, RIGHTS))) return 0;
  snprintf(path, sizeof path, "/proc/%s/attr/current", who);
  return mix_file(hash, path, NULL);
}

static socklen_t abstract(struct sockaddr_un *address, const char *name)
{
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path + 1, name, strlen(name));
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* ---- getting a host -------------------------------------------------------------------------------------------- */

/* The host: nothing of what this process was born with, but its rights. Whoever waits for the end of a pipe need not wait for it. */
_Noreturn static void become_host(int listener, const char *root)
{
  setsid();
  if (fork() != 0) _exit(0);
  static const int LIMITS[] = {RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NOFILE};
  for (size_t index = 0; index < sizeof LIMITS / sizeof LIMITS[0]; index++) {
    struct rlimit limit;
    if (getrlimit(LIMITS[index], &limit) < 0) continue;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(LIMITS[index], &limit);
  }
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (dup2(listener, HOST_SOCKET) < 0 && listener != HOST_SOCKET) _exit(111);
  fcntl(HOST_SOCKET, F_SETFD, 0);
  syscall(SYS_close_range, HOST_SOCKET + 1, ~0U, 0);
  int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0) _exit(111);
  if (nothing > 2) close(nothing);
  if (chdir("/") < 0) _exit(111);
  /* What another process needs to find is no business of the host. */
  char launcher[PATH_MAX + 64];
  snprintf(launcher, sizeof launcher, "%s/dist/native/launcher", root);
  char *const host[] = {"s6-actors-host", NULL};
  execv(launcher, host);
  _exit(127);
}

/* 0, or -1: there is no making one. The name is the lock: only one process can have it. */
static int start_host(const struct sockaddr_un *address, socklen_t size, const char *root)
{
  int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return -1;
  if (bind(listener, (const struct sockaddr *)address, size) < 0 || listen(listener, BACKLOG) < 0) {
    int error = errno;
    close(listener);
    return error == EADDRINUSE ? 0 : -1;
  }
  pid_t child = fork();
  if (child == 0) become_host(listener, root);
  close(listener);
  if (child < 0) return -1;
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return 0;
}

static void set_time_limit(int fd, int option, long seconds)
{
  struct timeval limit = {.tv_sec = seconds};
  setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
}

/*
 * The first packet of a host, of which the kernel says whose it is: that process has our standing, or it is not told anything. (A name
 * can be taken by whoever comes first, and all that SO_PEERCRED knows is who that was.) 1, 0, or -1: it is gone.
 */
static int is_equal(int fd, uint64_t own)
{
  char hello, who[16];
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(struct ucred))]; } control;
  struct iovec vector = {&hello, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  if (size == 0 || (size < 0 && errno == ECONNRESET)) return -1;
  struct cmsghdr *part = size < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (!part || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS || hello != HELLO) return 0;
  struct ucred sender;
  memcpy(&sender, CMSG_DATA(part), sizeof sender);
  snprintf(who, sizeof who, "%d", (int)sender.pid);
  return sender.pid > 0 && sender.uid == geteuid() && standing(who) == own;
}

enum { OCCUPIED = -2 };

/* A connection, -1: none can be had, or OCCUPIED: somebody else sits there, and perhaps keeps us waiting. */
static int connect_to(const struct sockaddr_un *address, socklen_t size, uint64_t own, const char *root)
{
  for (int tries = 0, gone = 0; tries < 1000 && gone < 3; tries++) {
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), on = 1, off = 0;
    if (fd < 0) return -1;
    set_time_limit(fd, SO_SNDTIMEO, CONNECT_SECONDS);
    set_time_limit(fd, SO_RCVTIMEO, HELLO_SECONDS);
    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)address, size) == 0) {
      struct ucred peer;
      socklen_t length = sizeof peer;
      int is_ours = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid() ? is_equal(fd, own) : 0;
      setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
      set_time_limit(fd, SO_SNDTIMEO, 0);
      set_time_limit(fd, SO_RCVTIMEO, 0);
      if (is_ours > 0) return fd;
      close(fd);
      if (is_ours == 0) return OCCUPIED;
      gone++;
      pause_ms(1);
      continue;
    }
    int error = errno;
    close(fd);
    if (error == EAGAIN) return OCCUPIED;
    if (error != ECONNREFUSED || start_host(address, size, root) < 0) return -1;
    if (tries > 0) pause_ms(1); /* it has its name, but does not listen yet */
  }
  return OCCUPIED;
}

int connect_host(const char *root)
{
  char script[PATH_MAX + 64], name[64];
  snprintf(script, sizeof script, "%s/dist/actors/shared-host.cjs", root);
  uint64_t own = standing("self"), hash = own ? mix_place(own, script) : 0;
  if (!hash) return -1;
  for (int place = 0, fd; place < PLACES; place++) {
    snprintf(name, sizeof name, "s6-actors/host/%u/%016llx/%d", (unsigned)geteuid(), (unsigned long long)hash, place);
    struct sockaddr_un address;
    socklen_t size = abstract(&address, name);
    if ((fd = connect_to(&address, size, own, root)) != OCCUPIED) return fd;
  }
  return -1;
}
