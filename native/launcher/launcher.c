/*
 * The executable behind every bin/NAME: notes what Node destroys before any JavaScript runs, then becomes Node.
 *
 * Node marks inherited descriptors close-on-exec, resets ignored signals and the mask, raises the soft limit of open
 * files and opens /dev/null where 0, 1, 2 are closed; NODE_OPTIONS and NODE_EXTRA_CA_CERTS are meant for other
 * programs and cost start-up time. All of it goes into one variable (read by src/sys/launch.ts), so that programs
 * started by ours find what they would have found without Node:
 *
 *   S6_ACTORS_LAUNCH = 1;soft;ignored;blocked;closed;descriptors;argv0;NODE_OPTIONS;NODE_EXTRA_CA_CERTS
 *
 * soft: RLIMIT_NOFILE, -1 = unlimited. ignored, blocked: signal sets in hexadecimal, bit n-1 = signal n. closed: the
 * digits of 0, 1, 2 that were closed. descriptors: numbers ≥ 3 without close-on-exec, comma after each. The last
 * three are texts: empty = not set, else `=` and the value, where %XX stands for a byte.
 */
#include "become-thin.h"
#include "failed-exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LAST_SIGNAL 64
#define LOCK_HELPER "s6-actors-lock"
#define SHARED_HOST "s6-actors-host"
#define RECORD "S6_ACTORS_LAUNCH"
#define ORPHAN "s6-actors-orphan"

static const char *program = "s6-actors";

_Noreturn static void die(const char *what, int code)
{
  const char *reason = strerror(errno);
  char line[PATH_MAX + 256];
  int size = snprintf(line, sizeof line, "%s: fatal: unable to %s: %s\n", program, what, reason);
  if (size > 0 && write(2, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1) < 0) _exit(code);
  _exit(code);
}

/* Exit code of a failed exec: 127 when the program is missing, 126 for any other reason. */
static int exec_code(void) { return errno == ENOENT ? 127 : 126; }

/* s6-actors-lock FD FILE ARGV0 ARG...: waits for the lock of a service, then becomes the service. */
_Noreturn static void wait_for_lock(int argc, char **argv)
{
  program = LOCK_HELPER;
  if (argc < 4) {
    static const char usage[] = LOCK_HELPER ": usage: " LOCK_HELPER " fd file argv0 args...\n";
    _exit(write(2, usage, sizeof usage - 1) < 0 ? 111 : 100);
  }
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  while (fcntl(atoi(argv[1]), F_OFD_SETLKW, &lock) < 0) {
    if (errno != EINTR) die("lock", 111);
  }
  execv(argv[2], argv + 3);
  char what[PATH_MAX + 8];
  snprintf(what, sizeof what, "exec %s", argv[2]);
  die(what, 111);
}

/* argv[0] is ORPHAN: a helper (src/sys/helper.ts) that must be nobody's child. Its parent is gone at once. */
static void leave_parent(void)
{
  pid_t pid = fork();
  if (pid < 0) die("fork", 111);
  if (pid > 0) _exit(0);
}

/* A text that grows; running out of memory ends the program. */
struct text {
  char *bytes;
  size_t size, room;
};

static void append(struct text *text, const char *bytes, size_t size)
{
  if (text->size + size + 1 > text->room) {
    text->room = 2 * (text->size + size + 1);
    text->bytes = realloc(text->bytes, text->room);
    if (!text->bytes) die("allocate memory", 111);
  }
  memcpy(text->bytes + text->size, bytes, size);
  text->size += size;
  text->bytes[text->size] = 0;
}

static void append_number(struct text *text, const char *format, unsigned long long value)
{
  char digits[32];
  append(text, digits, (size_t)snprintf(digits, sizeof digits, format, value));
}

static void append_value(struct text *text, const char *value)
{
  append(text, ";", 1);
  if (!value) return;
  append(text, "=", 1);
  for (; *value; value++) {
    unsigned char byte = (unsigned char)*value;
    if (byte > ' ' && byte < 0x7f && byte != '%' && byte != ';') append(text, value, 1);
    else append_number(text, "%%%02llX", byte);
  }
}

/* -1 when it is closed, else 1 when exec would keep it. */
static int is_inherited(int fd)
{
  int flags = fcntl(fd, F_GETFD);
  return flags < 0 ? -1 : !(flags & FD_CLOEXEC);
}

static void append_descriptors(struct text *text, rlim_t limit)
{
  DIR *dir = opendir("/proc/self/fd");
  if (!dir) { /* early in the life of a machine */
    for (rlim_t fd = 3; fd < limit && fd < 65536; fd++)
      if (is_inherited((int)fd) == 1) append_number(text, "%llu,", fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir));) {
    int fd = atoi(entry->d_name);
    if (fd >= 3 && fd != dirfd(dir) && is_inherited(fd) == 1) append_number(text, "%llu,", (unsigned)fd);
  }
  closedir(dir);
}

/* Everything about descriptors and signals; opens /dev/null where 0, 1, 2 are closed. */
static void append_process(struct text *text)
{
  struct rlimit limit = {0, 0};
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) die("read the limit of open files", 111);
  append(text, RECORD "=1;", sizeof RECORD "=1;" - 1);
  if (limit.rlim_cur == RLIM_INFINITY) append(text, "-1", 2);
  else append_number(text, "%llu", limit.rlim_cur);

  uint64_t ignored = 0, blocked = 0;
  for (int number = 1; number <= LAST_SIGNAL; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) ignored |= UINT64_C(1) << (number - 1);
  }
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked);
  append_number(text, ";%llx", ignored);
  append_number(text, ";%llx;", blocked);

  for (int fd = 0; fd <= 2; fd++) {
    if (is_inherited(fd) >= 0) continue;
    append_number(text, "%llu", (unsigned)fd);
    if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd) die("open /dev/null", 111);
  }
  append(text, ";", 1);
  append_descriptors(text, limit.rlim_cur);
}

/* Absolute path of this very file, links to it resolved. */
static void find_self(char *path)
{
  ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (size > 0) {
    path[size] = 0;
    return;
  }
  const char *name = (const char *)getauxval(AT_EXECFN);
  if (!name || !realpath(name, path)) die("find my own path", 111);
}

/* Cuts the last element of a path and answers it. */
static char *cut(char *path)
{
  char *slash = strrchr(path, '/');
  if (!slash) return path;
  *slash = 0;
  return slash + 1;
}

/* A file with the path of the node that the build ran under. */
static char recorded[PATH_MAX + NAME_MAX];

/* Becomes node. Only returns on failure, with errno. */
static void become_node(char **argv)
{
  const char *wanted = getenv("S6_ACTORS_NODE");
  char path[PATH_MAX];
  if (wanted && *wanted) {
    execvp(wanted, argv);
    return;
  }
  int fd = open(recorded, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ssize_t size = read(fd, path, sizeof path - 1);
    close(fd);
    while (size > 0 && path[size - 1] == '\n') size--;
    if (size > 0) {
      path[size] = 0;
      execv(path, argv);
    }
  }
  execvp("node", argv);
}

/* The host itself: this file is dist/native/launcher then. */
_Noreturn static void become_host(void)
{
  char root[PATH_MAX], script[PATH_MAX + 64];
  find_self(root);
  for (int level = 0; level < 3; level++) cut(root);
  program = SHARED_HOST;
  snprintf(recorded, sizeof recorded, "%s/dist/native/node-path", root);
  snprintf(script, sizeof script, "%s/dist/actors/shared-host.cjs", root);
  unsetenv("NODE_OPTIONS");
  unsetenv("NODE_EXTRA_CA_CERTS");
  char *node[] = {SHARED_HOST, "--max-semi-space-size=1", script, NULL};
  become_node(node);
  die("find node", 111);
}

int main(int argc, char **argv)
{
  if (argc > 0 && strcmp(argv[0], LOCK_HELPER) == 0) wait_for_lock(argc, argv);
  if (argc > 0 && strcmp(argv[0], SHARED_HOST) == 0) become_host();
  if (argc > 0 && strcmp(argv[0], FAILED_EXEC) == 0) tell_failed_exec(argc, argv);

  char root[PATH_MAX];
  find_self(root);
  program = cut(root);
  cut(root);
  snprintf(recorded, sizeof recorded, "%s/dist/native/node-path", root);
  become_thin(root, program, argc, argv);
  if (argc > 0 && strcmp(argv[0], ORPHAN) == 0) leave_parent();

  struct text record = {0};
  append_process(&record);
  append_value(&record, argc > 0 ? argv[0] : NULL);
  append_value(&record, getenv("NODE_OPTIONS"));
  append_value(&record, getenv("NODE_EXTRA_CA_CERTS"));
  unsetenv("NODE_OPTIONS");
  unsetenv("NODE_EXTRA_CA_CERTS");
  if (putenv(record.bytes) != 0) die("set " RECORD, 111);

  char script[PATH_MAX + NAME_MAX];
  snprintf(script, sizeof script, "%s/dist/bin/%s.cjs", root, program);
  char **node = malloc(((size_t)argc + 4) * sizeof *node);
  if (!node) die("allocate memory", 111);
  int count = 0;
  node[count++] = (char *)program;
  /* The daemons live for months, in bursts of a second: a small nursery, and no optimizing compiler, whose threads take
     a quarter of the CPU of a start of 1000 services and give nothing back. */
  if (!strcmp(program, "s6-svscan") || !strcmp(program, "s6-supervise")) {
    node[count++] = "--max-semi-space-size=1";
    node[count++] = "--no-opt";
  }
  node[count++] = script;
  for (int index = 1; index < argc; index++) node[count++] = argv[index];
  node[count] = NULL;
  become_node(node);
  die("find node", exec_code() == 127 ? 127 : 111);
}
