#include "low-slots.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace s6 {

namespace {

constexpr int kFirst = 80;
std::once_flag once;
std::mutex mutexes[LowSlots::kGroups];
int slots[LowSlots::kGroups][LowSlots::kMost];
// Whole groups that could be reserved.
int groups = 0;
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
  for (auto& group : slots) {
    for (int& slot : group) {
      slot = LowDuplicate(placeholder);
      if (slot < 0) return;
    }
    groups++;
  }
}

}  // namespace

void LowSlots::Reserve() { std::call_once(once, ReserveOnce); }

int LowSlots::Capacity() { return groups > 0 ? kMost : 0; }

LowSlots::LowSlots(int count) : group_(0), count_(count) {
  for (; group_ < groups; group_++) {
    lock_ = std::unique_lock(mutexes[group_], std::try_to_lock);
    if (lock_.owns_lock()) return;
  }
  group_ = 0;
  lock_ = std::unique_lock(mutexes[group_]);
}

int LowSlots::Fill(int index, int source) { return dup3(source, slots[group_][index], O_CLOEXEC); }

LowSlots::~LowSlots() {
  for (int index = 0; index < count_; index++) dup3(placeholder, slots[group_][index], O_CLOEXEC);
}

}  // namespace s6
