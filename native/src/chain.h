// A compiled chain: what its programs would have done, done by the child itself between clone and one exec.
//
// Where a step can't be done, or would make this thread wait, the child becomes the ordinary chain from that program on:
// that one tries again, waits or complains as it always does. So nothing is said and decided here.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace s6 {

class Chain {
 public:
  // words: see src/sys/compiled-chain.ts, which writes them; texts: NUL-terminated, one after the other. False: nonsense.
  bool Read(const Napi::Value& words, const Napi::Value& texts);
  // Does it change ids? Then nobody may look into the memory that the child shares with us (ChangingIds).
  bool changes_ids() const { return changes_ids_; }
  // For the child, when its descriptors are its own: only `kept` (ascending, from 3 on) stay open.
  static void CloseOthers(const std::vector<int>& kept);
  // For the child. Only comes back when nothing at all could be executed: errno.
  int Run();

 private:
  static constexpr size_t kStepWords = 8;
  // file, argv, environment
  static constexpr size_t kImageWords = 3;
  enum Header { kSteps, kStepsAt, kCandidates, kCandidatesAt, kArgv, kEnvironment, kOtherwise, kFallbacks, kFallbacksAt, kVectors, kVectorsAt, kSayErrno, kHeaderWords };
  enum Kind {
    kChdir, kUmask, kMove, kClose, kSwap, kBlock, kOpen, kPipe, kGroups, kGid, kUid, kLimit, kSession, kGroup, kLock, kLimits,
  };

  bool Has(size_t at, size_t count) const { return at <= words_.size() && count <= words_.size() - at; }
  char* Text(int32_t offset) { return &texts_[static_cast<size_t>(offset)]; }
  // Becomes the ordinary chain from a program on, which begins with the limits that were set: Node could not start under
  // them. `done`: so many steps. Comes back with errno.
  int Become(int fallback, int32_t done);
  void LiftLimits(int32_t done);
  int Execute();
  // 0, or -1: the step is left to its own program.
  int Do(const int32_t* step);
  int Move(int from, int to, bool copy);
  int Swap(int one, int other);
  int Block(int fd, bool nonblocking);
  int Open(const int32_t* step);
  int Pipe(int read_end, int write_end);
  int Limit(const int32_t* step);
  int Lock(const int32_t* step);

  std::vector<int32_t> words_;
  std::string texts_;
  std::vector<std::vector<char*>> vectors_;
  bool changes_ids_ = false;
};

// While it lives, a child on our memory may have the ids of somebody else, who must not get at that memory: by ptrace, or
// by a signal that dumps core, which would end us, too. The process is not dumpable meanwhile.
class ChangingIds {
 public:
  ChangingIds();
  ~ChangingIds();
  ChangingIds(const ChangingIds&) = delete;
  ChangingIds& operator=(const ChangingIds&) = delete;
};

}  // namespace s6
