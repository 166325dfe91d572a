#include "order.h"

#include <string.h>

enum { HEADER_WORDS = 7, MOST_NUMBER = 65535 };

size_t order_chain_bytes(const struct order *order) { return order->word_count * sizeof(int32_t) + order->text_size; }

static int has_good_numbers(const struct order *order)
{
  for (size_t index = 0; index < order->count; index++) {
    int32_t number = order->numbers[index], before = index > 0 ? order->numbers[index - 1] : -1;
    if (number <= before || number > MOST_NUMBER) return 0;
  }
  return 1;
}

int order_parse(struct order *order, const unsigned char *packet, size_t size)
{
  uint32_t header[HEADER_WORDS];
  memset(order, 0, sizeof *order);
  if (size < sizeof header) return 0;
  memcpy(header, packet, sizeof header);
  if (packet[0] != 'F' || header[3] > ORDER_IN_FILE || header[4] > ORDER_NUMBERS) return 0;
  if (header[5] > ORDER_MOST_BYTES / sizeof(int32_t) || header[6] > ORDER_MOST_BYTES) return 0;
  order->id = header[1];
  memcpy(&order->tag, &header[2], sizeof order->tag);
  order->is_in_file = header[3] == ORDER_IN_FILE;
  order->count = header[4];
  order->word_count = header[5];
  order->text_size = header[6];
  size_t numbers = order->count * sizeof(int32_t);
  if (size - sizeof header < numbers) return 0;
  memcpy(order->numbers, packet + sizeof header, numbers);
  if (!order->is_in_file) order->chain_bytes = packet + sizeof header + numbers;
  return size - sizeof header - numbers == (order->is_in_file ? 0 : order_chain_bytes(order)) && has_good_numbers(order);
}
