/* Pages of its own, and no allocator: what one process keeps here, another one of the same program mostly does not need. */
#include "table.h"

#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

int table_reach(struct table *table, uint32_t index)
{
  uint32_t room = table->room;
  if (index < room) return 1;
  if (room < PAGE / table->size) room = (uint32_t)(PAGE / table->size);
  while (room <= index) {
    if (room > UINT32_MAX / 2) return 0;
    room *= 2;
  }
  size_t bytes = table->room * table->size;
  void *entries = mmap(NULL, room * table->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (entries == MAP_FAILED) return 0;
  memcpy(entries, table->entries, bytes);
  if (bytes >= PAGE) munmap(table->entries, bytes); /* smaller ones are part of the program */
  table->entries = entries;
  table->room = room;
  return 1;
}
