/* Words and texts that may be anything become a chain, or nothing. */
#include <string.h>

#include "chain.h"

struct input {
  const int32_t *words;
  size_t word_count;
  const char *texts;
  size_t text_size;
};

/* Are there so many entries of so many words? */
static int has_table(const struct input *input, enum chain_header count, enum chain_header at, size_t width)
{
  int32_t entries = input->words[count], start = input->words[at];
  if (entries < 0 || start < 0 || (size_t)start > input->word_count) return 0;
  return (size_t)entries <= (input->word_count - (size_t)start) / width;
}

/* All texts end before the texts do: the last byte is a NUL. */
static int is_text(const struct input *input, int32_t offset) { return offset >= 0 && (size_t)offset < input->text_size; }

static int is_vector(const struct input *input, int32_t index) { return index >= 0 && index < input->words[CHAIN_VECTORS]; }

/* An image, or none. */
static int is_image(const struct input *input, int32_t index) { return index >= -1 && index < input->words[CHAIN_IMAGES]; }

/* Each begins behind the one before, so all of them together have no more texts than there are. */
static int check_vectors(const struct input *input, size_t *pointers)
{
  const int32_t *vector = input->words + input->words[CHAIN_VECTORS_AT];
  size_t at = 0;
  *pointers = 0;
  for (int32_t left = input->words[CHAIN_VECTORS]; left > 0; left--, vector += CHAIN_VECTOR_WORDS) {
    if (vector[0] < 0 || (size_t)vector[0] < at || vector[1] < 0) return 0;
    at = (size_t)vector[0];
    for (int32_t count = vector[1]; count > 0; count--) {
      if (at >= input->text_size) return 0;
      at += strlen(input->texts + at) + 1;
    }
    *pointers += (size_t)vector[1] + 1;
  }
  return 1;
}

static int check_images(const struct input *input)
{
  const int32_t *image = input->words + input->words[CHAIN_IMAGES_AT];
  for (int32_t left = input->words[CHAIN_IMAGES]; left > 0; left--, image += CHAIN_IMAGE_WORDS)
    if (!is_text(input, image[0]) || !is_vector(input, image[1]) || !is_vector(input, image[2])) return 0;
  return 1;
}

static int check_step(const struct input *input, const int32_t *step)
{
  if (!is_image(input, step[1])) return 0;
  switch (step[0]) {
    case STEP_CHDIR: return is_text(input, step[2]);
    case STEP_OPEN: case STEP_LOCK: case STEP_SOCKET: return is_text(input, step[5]);
    case STEP_GROUPS:
      return step[2] >= 0 && step[3] >= 0 && (size_t)step[3] <= input->word_count && (size_t)step[2] <= input->word_count - (size_t)step[3];
    default: return step[0] >= 0 && step[0] < STEP_KINDS;
  }
}

static int check_end(const struct input *input)
{
  const int32_t *words = input->words, *candidate = words + words[CHAIN_CANDIDATES_AT];
  for (int32_t left = words[CHAIN_CANDIDATES]; left > 0; left--)
    if (!is_text(input, *candidate++)) return 0;
  if (!is_vector(input, words[CHAIN_ARGV]) || !is_vector(input, words[CHAIN_ENVIRONMENT]) || !is_image(input, words[CHAIN_OTHERWISE])) return 0;
  int32_t digits = words[CHAIN_ERRNO_AT];
  if (digits == -1) return 1;
  return is_text(input, digits) && input->text_size - (size_t)digits > CHAIN_ERRNO_DIGITS && !memcmp(input->texts + digits, "000", CHAIN_ERRNO_DIGITS + 1);
}

int chain_check(struct chain *chain, const int32_t *words, size_t word_count, char *texts, size_t text_size)
{
  const struct input input = {words, word_count, texts, text_size};
  size_t pointers;
  memset(chain, 0, sizeof *chain);
  if (word_count < CHAIN_HEADER_WORDS || text_size == 0 || texts[text_size - 1] != 0) return 0;
  if (!has_table(&input, CHAIN_STEPS, CHAIN_STEPS_AT, CHAIN_STEP_WORDS) || !has_table(&input, CHAIN_CANDIDATES, CHAIN_CANDIDATES_AT, 1) ||
      !has_table(&input, CHAIN_IMAGES, CHAIN_IMAGES_AT, CHAIN_IMAGE_WORDS) || !has_table(&input, CHAIN_VECTORS, CHAIN_VECTORS_AT, CHAIN_VECTOR_WORDS))
    return 0;
  if (!check_vectors(&input, &pointers) || !check_images(&input) || !check_end(&input)) return 0;
  const int32_t *step = words + words[CHAIN_STEPS_AT];
  for (int32_t left = words[CHAIN_STEPS]; left > 0; left--, step += CHAIN_STEP_WORDS) {
    if (!check_step(&input, step)) return 0;
    chain->changes_ids |= step[0] == STEP_GROUPS || step[0] == STEP_GID || step[0] == STEP_UID;
  }
  chain->words = words;
  chain->texts = texts;
  chain->room = (size_t)words[CHAIN_VECTORS] * sizeof(char **) + pointers * sizeof(char *);
  return 1;
}

void chain_link(struct chain *chain, void *room)
{
  const int32_t *words = chain->words, *vector = words + words[CHAIN_VECTORS_AT];
  int32_t count = words[CHAIN_VECTORS];
  chain->vectors = room;
  char **pointer = (char **)(chain->vectors + count);
  for (int32_t index = 0; index < count; index++, vector += CHAIN_VECTOR_WORDS) {
    char *text = chain->texts + vector[0];
    chain->vectors[index] = pointer;
    for (int32_t left = vector[1]; left > 0; left--) {
      *pointer++ = text;
      text += strlen(text) + 1;
    }
    *pointer++ = NULL;
  }
}
