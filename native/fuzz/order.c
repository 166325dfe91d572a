/*
 * libFuzzer's target for what a thin process is told to start: whatever the bytes are, they are refused, or an order all of whose
 * words lead to texts, vectors and lists that are there. Nothing is executed: every step and every image is only read, as
 * chain/steps.c and chain/run.c do. scripts/fuzz.mjs builds and runs it.
 */
#include <stdlib.h>
#include <string.h>

#include "../chain/chain.h"
#include "../launcher/order.h"

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
    case STEP_OPEN: case STEP_LOCK: case STEP_SOCKET: read_text(chain, step[5]); break;
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

static void read_chain(const struct chain *chain)
{
  const int32_t *words = chain->words, *candidate = words + words[CHAIN_CANDIDATES_AT], *step = words + words[CHAIN_STEPS_AT];
  for (int32_t left = words[CHAIN_CANDIDATES]; left > 0; left--) read_text(chain, *candidate++);
  for (int32_t left = words[CHAIN_STEPS]; left > 0; left--, step += CHAIN_STEP_WORDS) read_step(chain, step);
  for (int32_t index = 0; index < words[CHAIN_IMAGES]; index++) read_image(chain, index);
  read_image(chain, words[CHAIN_OTHERWISE]);
  read_vector(chain, words[CHAIN_ARGV]);
  read_vector(chain, words[CHAIN_ENVIRONMENT]);
  if (words[CHAIN_ERRNO_AT] >= 0) memcpy(chain->texts + words[CHAIN_ERRNO_AT], "111", CHAIN_ERRNO_DIGITS);
}

static void *copy(const void *bytes, size_t size)
{
  /* Exactly as large as it is said to be: a byte beyond is an error of AddressSanitizer's. */
  void *memory = malloc(size ? size : 1);
  if (!memory) abort();
  return memcpy(memory, bytes, size);
}

static void take_chain(const struct order *order)
{
  int32_t *words = copy(order->chain_bytes, order->word_count * sizeof *words);
  char *texts = copy(order->chain_bytes + order->word_count * sizeof *words, order->text_size);
  struct chain chain;
  if (chain_check(&chain, words, order->word_count, texts, order->text_size)) {
    /* As spawn.c computes it. */
    if (chain.room > sizeof(void *) * (order->text_size + order->word_count)) abort();
    void *room = malloc(chain.room ? chain.room : 1);
    chain_link(&chain, room);
    read_chain(&chain);
    free(room);
  }
  free(words);
  free(texts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  unsigned char *packet = copy(data, size);
  struct order order;
  if (order_parse(&order, packet, size)) {
    for (size_t index = 0; index < order.count; index++) seen += (size_t)order.numbers[index];
    if (!order.is_in_file) take_chain(&order);
  }
  free(packet);
  return 0;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* Most of what is tried has lengths that fit: the rest would be refused for that alone. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
  enum { HEADER = 28 };
  uint32_t count, words;
  size = LLVMFuzzerMutate(data, size, most);
  if (size <= HEADER || seed % 8 == 0) return size;
  memcpy(&count, data + 16, sizeof count);
  memcpy(&words, data + 20, sizeof words);
  size_t before = HEADER + 4 * ((size_t)count + words);
  if (before >= size) return size;
  uint32_t rest = (uint32_t)(size - before);
  memcpy(data + 24, &rest, sizeof rest);
  memset(data + 12, 0, 4);
  memcpy(data, "F\0\0", 4);
  data[size - 1] = 0;
  return size;
}
