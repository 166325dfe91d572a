#ifndef S6_ACTORS_FAILED_EXEC_H
#define S6_ACTORS_FAILED_EXEC_H
#define FAILED_EXEC "s6-actors-failed-exec"
/* FAILED_EXEC errno program file: says for the last program of a compiled chain that the file can't be executed. */
_Noreturn void tell_failed_exec(int argc, char **argv);
#endif
