/* Who shares a host, and where: whoever is none of these, or is asked to run alone, has a Node of its own. */
#include "become-thin.h"

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Programs that a host does the work of, and what their stdin has to be. A logger's bytes can only be kept in a pipe. */
static const struct {
  const char *program;
  mode_t stdin_type; /* 0: anything */
} PROGRAMS[] = {
  {"s6-fdholderd", S_IFSOCK},
  {"s6-ipcserverd", S_IFSOCK},
  {"s6-log", S_IFIFO},
  {"s6-socklog", 0},
};

/* Our own trees put a name where their services, and nobody else, look for it. */
static int is_shared_host_offered(void)
{
  char space[64] = "";
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (readlink("/proc/self/ns/pid", space, sizeof space - 1) <= 0) return 0;
  int size = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "s6-actors/tree/%s/%d", space, (int)getppid());
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  int is_there = connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) + (socklen_t)size) == 0;
  close(fd);
  return is_there;
}

static int is_served(const char *program)
{
  struct stat status;
  for (size_t index = 0; index < sizeof PROGRAMS / sizeof PROGRAMS[0]; index++) {
    if (strcmp(program, PROGRAMS[index].program)) continue;
    mode_t type = PROGRAMS[index].stdin_type;
    return type == 0 || (fstat(0, &status) == 0 && (status.st_mode & S_IFMT) == type);
  }
  return 0;
}

void become_thin(const char *root, const char *program, int argc, char **argv)
{
  char path[PATH_MAX + 32];
  if (!is_served(program) || (argc == 2 && !strncmp(argv[1], "--", 2))) return;
  if (getenv("S6_ACTORS_ALONE")) {
    unsetenv("S6_ACTORS_ALONE");
    return;
  }
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0) return;
  if (!is_shared_host_offered()) return;
  snprintf(path, sizeof path, "%s/dist/native/thin", root);
  if (setenv("S6_ACTORS_THIN", program, 1) == 0) execv(path, argv);
  unsetenv("S6_ACTORS_THIN");
}
