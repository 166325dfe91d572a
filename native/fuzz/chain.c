/*
 * libFuzzer's target for chains that come over a socket: whatever the bytes are, they are refused, or a chain all of whose words lead
 * to texts, vectors and lists that are there. Nothing is executed: every step and every image is only read, as chain/steps.c and
 * chain/run.c do.
 *
 * Input: the count of words in two bytes, the words, the texts. scripts/fuzz.mjs builds and runs it.
 */
#include <stdlib.h>
#include <string.h>

#include "../chain/chain.h"

static volatile size_t seen;

static void read_text(const struct chain *chain, int32_t offset) { seen += strlen(chain->texts + offset); }

static void read_vector(const struct chain *chain, int32_t index)
{
  for (char **text = chain->vectors[index]; *text; text++) seen += strlen(*text);
}

static void read_image(const struct chain *chain, int32_t index)
{
  if (index < 0) return;
  const int32_t *image = chain->words + chain->words[CHAIN_IMAGES_AT] + CHAIN_IMAGE_WORDS * index;
  read_text(chain, image[0]);
  read_vector(chain, image[1]);
  read_vector(chain, image[2]);
}

static void read_step(const struct chain *chain, const int32_t *step)
{
  read_image(chain, step[1]);
  switch ((enum chain_step)step[0]) {
    case STEP_CHDIR: read_text(chain, step[2]); break;
    case STEP_OPEN: case STEP_LOCK: read_text(chain, step[5]); break;
    case STEP_GROUPS:
      for (int32_t index = 0; index < step[2]; index++) seen += (size_t)chain->words[step[3] + index];
      break;
    case STEP_UMASK: case STEP_MOVE: case STEP_CLOSE: case STEP_SWAP: case STEP_BLOCK: case STEP_PIPE: case STEP_GID: case STEP_UID:
    case STEP_LIMIT: case STEP_SESSION: case STEP_GROUP: case STEP_LIMITS:
      for (int index = 2; index < CHAIN_STEP_WORDS; index++) seen += (size_t)step[index];
      break;
    case STEP_KINDS: abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2) return -1;
  size_t word_count = (size_t)(data[0] | data[1] << 8);
  if (2 + 4 * word_count > size) return -1;
  size_t text_size = size - 2 - 4 * word_count;
  /* Exactly as large as they are said to be: a byte beyond is an error of AddressSanitizer's. */
  int32_t *words = malloc(word_count ? 4 * word_count : 1);
  char *texts = malloc(text_size ? text_size : 1);
  if (!words || !texts) abort();
  memcpy(words, data + 2, 4 * word_count);
  memcpy(texts, data + 2 + 4 * word_count, text_size);
  struct chain chain;
  if (chain_check(&chain, words, word_count, texts, text_size)) {
    void *room = malloc(chain.room ? chain.room : 1);
    chain_link(&chain, room);
    const int32_t *candidate = words + words[CHAIN_CANDIDATES_AT], *step = words + words[CHAIN_STEPS_AT];
    for (int32_t left = words[CHAIN_CANDIDATES]; left > 0; left--) read_text(&chain, *candidate++);
    for (int32_t left = words[CHAIN_STEPS]; left > 0; left--, step += CHAIN_STEP_WORDS) read_step(&chain, step);
    for (int32_t index = 0; index < words[CHAIN_IMAGES]; index++) read_image(&chain, index);
    read_image(&chain, words[CHAIN_OTHERWISE]);
    read_vector(&chain, words[CHAIN_ARGV]);
    read_vector(&chain, words[CHAIN_ENVIRONMENT]);
    if (words[CHAIN_ERRNO_AT] >= 0) memcpy(texts + words[CHAIN_ERRNO_AT], "111", CHAIN_ERRNO_DIGITS);
    free(room);
  }
  free(words);
  free(texts);
  return 0;
}
