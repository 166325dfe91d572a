#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../chain/chain.h"

/*
 * What a host orders a thin process to start (src/actors/shared-host/orders.ts), in words of four bytes:
 *   F id tag flags count word_count text_size, `count` numbers of descriptors in the child, ascending; then the words of the
 *   chain and its texts, unless the flags say that they are in a file in memory. With descriptors: that file, if there is one,
 *   and the ones in the order of the numbers.
 */
enum { ORDER_NUMBERS = 16, ORDER_IN_FILE = 1, ORDER_MOST_BYTES = 1 << 28 };

struct order {
  uint32_t id;
  int32_t tag;
  int is_in_file;
  size_t count;
  int32_t numbers[ORDER_NUMBERS];
  size_t word_count, text_size;
  /* Behind the numbers; NULL: in the file. */
  const unsigned char *chain_bytes;
};

/* Is the packet an order? `size`: its bytes. It need not be aligned. */
int order_parse(struct order *order, const unsigned char *packet, size_t size);
/* Bytes of words and texts together. */
size_t order_chain_bytes(const struct order *order);
