/* The socket that whoever comes next in a chain listens on. Like src/sys/bound-socket.ts. */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "chain.h"

enum { LOCK_MODE = 0600, ALL = 0777 };

/* What is at the path goes, unless somebody holds PATH.lock. The lock, or -1. */
static int clear_place(const char *path)
{
  char name[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof ".lock"];
  strcpy(name, path);
  strcat(name, ".lock");
  int fd = open(name, O_WRONLY | O_NONBLOCK | O_CREAT | O_CLOEXEC, LOCK_MODE);
  struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fd < 0) return -1;
  if (fcntl(fd, F_SETLK, &wanted) == 0) {
    unlink(path); /* what can't be removed is bind's to fail at */
    return fd;
  }
  close(fd);
  return -1;
}

int chain_bind(const char *path, int rules, int backlog, int mode)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int type = (rules & SOCKET_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM) | (rules & SOCKET_NONBLOCKING ? SOCK_NONBLOCK : 0);
  close(0);
  if (socket(AF_UNIX, type, 0) != 0) return -1;
  /* The umask counts for PATH.lock, too. */
  mode_t before = umask(~(mode_t)mode & ALL);
  int lock = rules & SOCKET_REUSES ? clear_place(path) : -1, is_bound = -1;
  if (lock >= 0 || !(rules & SOCKET_REUSES)) is_bound = bind(0, (const struct sockaddr *)&address, sizeof address);
  umask(before);
  if (lock >= 0) close(lock);
  return is_bound == 0 && backlog != 0 ? listen(0, backlog) : is_bound;
}
