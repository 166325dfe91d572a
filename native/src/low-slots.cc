#include "low-slots.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace s6 {

namespace {

constexpr int kFirst = 96;
std::once_flag once;
int slots[LowSlots::kMost];
int capacity = 0;
// What an empty slot is open on.
int placeholder = -1;

int LowDuplicate(int fd) {
  const int low = fcntl(fd, F_DUPFD_CLOEXEC, kFirst);
  if (low < static_cast<int>(LowSlots::kLowest)) return low;
  close(low);
  return -1;
}

void ReserveOnce() {
  // Nothing is in that range: only asks whether the kernel (5.9) and the container know the call.
  if (syscall(SYS_close_range, ~0U, ~0U, 0) != 0) return;
  const int root = open("/", O_PATH | O_CLOEXEC);
  if (root < 0) return;
  placeholder = LowDuplicate(root);
  close(root);
  if (placeholder < 0) return;
  while (capacity < LowSlots::kMost) {
    const int slot = LowDuplicate(placeholder);
    if (slot < 0) return;
    slots[capacity++] = slot;
  }
}

}  // namespace

std::mutex& LowSlots::mutex() {
  static std::mutex guard;
  return guard;
}

void LowSlots::Reserve() { std::call_once(once, ReserveOnce); }

int LowSlots::Capacity() { return capacity; }

int LowSlots::Fill(int index, int source) { return dup3(source, slots[index], O_CLOEXEC); }

LowSlots::~LowSlots() {
  for (int index = 0; index < count_; index++) dup3(placeholder, slots[index], O_CLOEXEC);
}

}  // namespace s6
