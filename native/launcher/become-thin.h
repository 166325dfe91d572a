#pragma once

/* A daemon that a host can do the work of, under a tree of ours, becomes a thin process (thin.c); else this returns. */
void become_thin(const char *root, const char *program, int argc, char **argv);
