// A few descriptor numbers below kLowest, reserved while the process is young.
//
// A plain clone copies the whole descriptor table, and the child closes it again: 1.5 ms at 15,000 descriptors. In a
// crowded process the child therefore starts on the shared table (CLONE_FILES) and first unshares only the part below
// kLowest; what it needs must be down there, in these slots. A group of slots serves one child at a time, hence the mutexes; there
// are as many groups as threads are likely to spawn at once.
#pragma once

#include <mutex>

namespace s6 {

class LowSlots {
 public:
  static constexpr unsigned kLowest = 128;
  static constexpr int kMost = 8;
  static constexpr int kGroups = 4;

  // Once per process; later calls do nothing.
  static void Reserve();
  // How many descriptors one child may bring; 0 when nothing could be reserved.
  static int Capacity();

  // Holds a group of slots for one spawn.
  explicit LowSlots(int count);
  // Points slot `index` to what `source` is open on; the slot's number, or -1 with errno.
  int Fill(int index, int source);
  // Nothing stays open behind the caller's back: a pipe would never see its end.
  ~LowSlots();
  LowSlots(const LowSlots&) = delete;
  LowSlots& operator=(const LowSlots&) = delete;

 private:
  int group_;
  int count_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace s6
