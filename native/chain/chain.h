/*
 * A compiled chain: what its programs would have done, done by the child itself between clone and one exec.
 *
 * Where a step can't be done, or would make the parent wait, the child becomes the ordinary chain from that program on:
 * that one tries again, waits or complains as it always does. So nothing is said and decided here.
 *
 * Both who starts children have it: the addon (src/spawn.cc), and thin processes (launcher/spawn.c), to whom chains come over a
 * socket. chain_check takes nothing for granted; what it lets through needs no further check.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The words: src/sys/compiled-chain.ts writes them. All of its tables are in them, all of its texts in the texts. */
enum { CHAIN_STEP_WORDS = 8, CHAIN_IMAGE_WORDS = 3, CHAIN_VECTOR_WORDS = 2 };
enum chain_header {
  CHAIN_STEPS, CHAIN_STEPS_AT, CHAIN_CANDIDATES, CHAIN_CANDIDATES_AT, CHAIN_ARGV, CHAIN_ENVIRONMENT, CHAIN_OTHERWISE,
  CHAIN_IMAGES, CHAIN_IMAGES_AT, CHAIN_VECTORS, CHAIN_VECTORS_AT, CHAIN_ERRNO_AT, CHAIN_HEADER_WORDS
};
enum chain_step {
  STEP_CHDIR, STEP_UMASK, STEP_MOVE, STEP_CLOSE, STEP_SWAP, STEP_BLOCK, STEP_OPEN, STEP_PIPE, STEP_GROUPS, STEP_GID, STEP_UID,
  STEP_LIMIT, STEP_SESSION, STEP_GROUP, STEP_LOCK, STEP_LIMITS, STEP_SOCKET, STEP_KINDS
};
enum { SOCKET_DATAGRAM = 1, SOCKET_NONBLOCKING = 2, SOCKET_REUSES = 4 };
enum { CHAIN_ERRNO_DIGITS = 3 };

struct chain {
  const int32_t *words;
  char *texts;
  /* Vectors of texts, as execve wants them. */
  char ***vectors;
  /* Of chain_link. */
  size_t room;
  /* Signals that are blocked in what is executed. */
  uint64_t mask;
  /* Then nobody may look into the memory that the child shares with its parent. */
  int changes_ids;
};

/* Is it a chain? Both must stay where they are; of the texts three digits may be written. Fills in all but `vectors`; the mask is 0. */
int chain_check(struct chain *chain, const int32_t *words, size_t word_count, char *texts, size_t text_size);
/* `room`: chain->room bytes, aligned as pointers are. */
void chain_link(struct chain *chain, void *room);

/* For the child, when its descriptors are its own: only `kept` (ascending, from 3 on) stay open, and those of 0, 1, 2 without close-on-exec. */
void chain_close_others(const int *kept, size_t count);
/* For the child. Only comes back when nothing at all could be executed: errno. */
int chain_run(const struct chain *chain);

/* One step: 0, or -1: it is left to its own program. */
int chain_do(const struct chain *chain, const int32_t *step);
/* In place of descriptor 0: a socket of the Unix domain, bound to a path, which listens if the backlog is not 0. 0, or -1. */
int chain_bind(const char *path, int rules, int backlog, int mode);

#ifdef __cplusplus
}
#endif
