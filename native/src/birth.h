// A child from clone to execve (birth.cc), as whoever wants one describes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chain.h"
#include "settings.h"

namespace s6 {

enum SpawnFlag { kSetsid = 1, kNewPid = 2, kOrphan = 4 };
enum Stage { kClone = 0, kChdir = 1, kDescriptors = 2, kExec = 3 };

struct Move {
  int source;
  int target;
};

struct Plan {
  int dir_fd;
  int flags;
  bool shared_table;
  const char* file;
  char* const* argv;
  char* const* environment;
  Move* moves;
  size_t count;
  const Settings* settings;
  // Instead of file, argv and environment; nullptr: there is none.
  const struct chain* chain;
  const std::vector<int>* kept;
  // Written by the child.
  int32_t* pid;
  // Of what failed, if the error is not 0.
  int stage = kClone;
  int error = 0;
  // -1: of an orphan, and of what has failed.
  int pidfd = -1;
};

// Where a child is until it executes something: one for each thread that starts some.
class SpawnStack {
 public:
  SpawnStack() = default;
  ~SpawnStack();
  SpawnStack(const SpawnStack&) = delete;
  SpawnStack& operator=(const SpawnStack&) = delete;
  // False: there is no memory.
  bool Make();
  char* top() const;
  // That of an orphan, whose parent is on the upper half.
  char* middle() const;

 private:
  char* memory_ = nullptr;
};

// Blocks this thread until the child has executed its program, or failed to: the plan tells. Nothing of it may go away meanwhile.
void Bear(Plan& plan, const SpawnStack& stack);

// What a child has from 3 on.
std::vector<int> Kept(const std::vector<Move>& moves, const Settings& settings);

}  // namespace s6
