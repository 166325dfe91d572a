/*
 * What a thin process says of itself, one packet each (src/actors/shared-host/introduction.ts), in words of four bytes:
 *   H version inherited kept children was_taken, the numbers of the inherited ones; with descriptors: papers, 0, 1, 2, the working
 *     directory, the inherited ones
 *   L label..., with their descriptors: what is kept, until all of it is said
 *   B id pid tag, each: its children, until all are said
 * The papers: texts, each with a NUL: program, umask, soft RLIMIT_NOFILE, count of arguments, arguments, environment.
 */
#include "introduce.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "kept.h"

enum { VERSION = 2, HEADER_WORDS = 6, FIXED = 5, LABELS_AT_ONCE = 200, CHILDREN_AT_ONCE = 300 };

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

static int write_papers(const struct self *self)
{
  int fd = (int)syscall(SYS_memfd_create, "papers", MFD_CLOEXEC);
  if (fd < 0) return -1;
  struct rlimit limit;
  mode_t mask = umask(0);
  umask(mask);
  getrlimit(RLIMIT_NOFILE, &limit);
  int is_whole = put(fd, self->program) && put_number(fd, "%llo", mask) &&
                 put_number(fd, "%lld", limit.rlim_cur == RLIM_INFINITY ? ~0ULL : limit.rlim_cur) &&
                 put_number(fd, "%llu", (unsigned)(self->argc - 1));
  for (int index = 1; index < self->argc; index++) is_whole = is_whole && put(fd, self->argv[index]);
  for (char **entry = environ; *entry; entry++) is_whole = is_whole && put(fd, *entry);
  if (is_whole && lseek(fd, 0, SEEK_SET) == 0) return fd;
  close(fd);
  return -1;
}

static int send_words(int host, uint32_t *words, size_t word_count, const int *fds, size_t fd_count)
{
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int) * LABELS_AT_ONCE)]; } control;
  struct iovec vector = {words, sizeof *words * word_count};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (fd_count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(fd_count * sizeof *fds);
    memset(control.bytes, 0, message.msg_controllen);
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fd_count * sizeof *fds);
    memcpy(CMSG_DATA(part), fds, fd_count * sizeof *fds);
  }
  return sendmsg(host, &message, MSG_NOSIGNAL) == (ssize_t)vector.iov_len;
}

static int say_self(const struct self *self, int host)
{
  uint32_t words[HEADER_WORDS + INHERITED] = {'H', VERSION, (uint32_t)self->inherited_count, kept_count(), children_count(), (uint32_t)self->was_taken};
  int papers = write_papers(self), here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  int fds[FIXED + INHERITED] = {papers, 0, 1, 2, here};
  for (int index = 0; index < self->inherited_count; index++) {
    words[HEADER_WORDS + index] = (uint32_t)self->inherited[index];
    fds[FIXED + index] = self->inherited[index];
  }
  size_t count = (size_t)self->inherited_count;
  int is_sent = papers >= 0 && here >= 0 && send_words(host, words, HEADER_WORDS + count, fds, FIXED + count);
  if (papers >= 0) close(papers);
  if (here >= 0) close(here);
  return is_sent;
}

static int say_kept(int host)
{
  uint32_t words[1 + LABELS_AT_ONCE] = {'L'};
  int fds[LABELS_AT_ONCE];
  size_t count = 0;
  for (uint32_t label = kept_next(0, &fds[0]); label < KEPT_LABELS; label = kept_next(label + 1, &fds[count])) {
    words[++count] = label;
    if (count < LABELS_AT_ONCE) continue;
    if (!send_words(host, words, 1 + count, fds, count)) return 0;
    count = 0;
  }
  return count == 0 || send_words(host, words, 1 + count, fds, count);
}

static int say_children(int host)
{
  uint32_t words[1 + 3 * CHILDREN_AT_ONCE] = {'B'};
  size_t count = 0;
  for (uint32_t index = 0; index < children_count(); index++) {
    struct child child = child_at(index);
    uint32_t *place = words + 1 + 3 * count++;
    place[0] = child.id;
    place[1] = (uint32_t)child.pid;
    memcpy(place + 2, &child.tag, sizeof child.tag);
    if (count < CHILDREN_AT_ONCE) continue;
    if (!send_words(host, words, 1 + 3 * count, NULL, 0)) return 0;
    count = 0;
  }
  return count == 0 || send_words(host, words, 1 + 3 * count, NULL, 0);
}

int introduce(const struct self *self, int host) { return say_self(self, host) && say_kept(host) && say_children(host); }

int find_inherited(struct self *self)
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
      if (self->inherited_count == INHERITED) {
        close(dir);
        return 0;
      }
      self->inherited[self->inherited_count++] = fd;
    }
  }
  close(dir);
  return 1;
}
