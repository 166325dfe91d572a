/* A compiled chain has no voice of its own, and its limits may be such that no Node could start any more. */
#include "failed-exec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void tell_failed_exec(int argc, char **argv)
{
  if (argc != 4) exit(100);
  errno = atoi(argv[1]);
  int code = errno == ENOENT ? 127 : 126;
  fprintf(stderr, "%s: fatal: unable to exec %s: %m\n", argv[2], argv[3]);
  exit(code);
}
