// From clone to execve, and nothing that could wait elsewhere.
//
// The child runs in our memory (CLONE_VM) on a stack of its own while this thread waits (CLONE_VFORK): the cost does
// not depend on the size of the heap, and the reason of a failure comes back as a plain store. Between clone and
// execve: no malloc, no stdio, no lock.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <optional>

#include "birth.h"
#include "low-slots.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace s6 {

namespace {

constexpr size_t kGuardBytes = 4096;
constexpr size_t kStackBytes = 64 * 1024;
// From here on copying the descriptor table costs more than the detour through the low slots.
constexpr int kCrowded = 500;

// The lowest free descriptor number at the last spawn: about how many are open.
std::atomic<int> last_pidfd{0};

[[noreturn]] void Fail(Plan& plan, Stage stage) {
  plan.error = errno;
  plan.stage = stage;
  _exit(127);
}

bool IsTarget(const Plan& plan, int fd) {
  return std::any_of(plan.moves, plan.moves + plan.count, [fd](const Move& move) { return move.target == fd; });
}

// Is `fd` about to be replaced by something else?
bool IsOverwritten(const Plan& plan, int fd) {
  return std::any_of(plan.moves, plan.moves + plan.count,
                     [fd](const Move& move) { return move.target == fd && move.source != fd; });
}

// A copy of `fd` under a number that is nobody's target.
int Lift(const Plan& plan, int fd) {
  for (int lowest = 3;;) {
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    if (copy < 0 || !IsTarget(plan, copy)) return copy;
    close(copy);
    lowest = copy + 1;
  }
}

bool MoveDescriptors(Plan& plan) {
  for (size_t index = 0; index < plan.count; index++) {
    Move& move = plan.moves[index];
    if (!IsOverwritten(plan, move.source)) continue;
    const int copy = Lift(plan, move.source);
    if (copy < 0) return false;
    move.source = copy;
  }
  if (CloseAllOnExec() < 0) return false;
  for (const int fd : plan.settings->inherit) ClearCloexec(fd);
  for (size_t index = 0; index < plan.count; index++) {
    const Move& move = plan.moves[index];
    // dup2 of a descriptor onto itself would leave close-on-exec as it is.
    if (move.source == move.target ? ClearCloexec(move.target) < 0 : dup2(move.source, move.target) < 0) return false;
  }
  // Last: numbers above the soft limit can no longer be made afterwards.
  return GiveBackNofile(plan.settings->soft_nofile) == 0;
}

[[noreturn]] int Grown(void* argument);

struct Newborn {
  Plan& plan;
  char* lower_stack;
};

int Child(void* argument) {
  const auto& [plan, lower_stack] = *static_cast<Newborn*>(argument);
  if ((plan.flags & kOrphan) == 0) Grown(&plan);
  // The process that is to live is our child, for as long as we are there: on the lower half of the stack.
  const int pid = clone(Grown, lower_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  if (pid < 0) Fail(plan, kClone);
  _exit(0);
}

int Grown(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  // Noted by the child itself: a parent that is killed right now would never come to it. (In a namespace of its own it is 1.)
  if ((plan.flags & kNewPid) == 0) *plan.pid = static_cast<int32_t>(syscall(SYS_getpid));
  for (uint64_t left = plan.settings->ignored | TouchedSignals(); left != 0; left &= left - 1) {
    const int signal = 1 + std::countr_zero(left);
    const RawAction action = PlainAction((plan.settings->ignored >> (signal - 1)) & 1);
    RawSigaction(signal, &action, nullptr);
  }
  if (plan.flags & kSetsid) setsid();
  if (plan.dir_fd != AT_FDCWD && fchdir(plan.dir_fd) < 0) Fail(plan, kChdir);
  if (plan.shared_table && syscall(SYS_close_range, LowSlots::kLowest, ~0U, CLOSE_RANGE_UNSHARE) < 0) {
    Fail(plan, kDescriptors);
  }
  if (!MoveDescriptors(plan)) Fail(plan, kDescriptors);
  if (plan.chain != nullptr) {
    chain_close_others(plan.kept->data(), plan.kept->size());
    errno = chain_run(plan.chain);
    Fail(plan, kExec);
  }
  RawMask(0, nullptr);
  execve(plan.file, plan.argv, plan.environment);
  Fail(plan, kExec);
}

bool IsCrowded(const Plan& plan) {
  int highest = std::max(plan.dir_fd, last_pidfd.load(std::memory_order_relaxed));
  for (size_t index = 0; index < plan.count; index++) highest = std::max(highest, plan.moves[index].source);
  if (highest < kCrowded || plan.count > static_cast<size_t>(LowSlots::Capacity())) return false;
  return std::all_of(plan.settings->inherit.begin(), plan.settings->inherit.end(),
                     [](int fd) { return fd < static_cast<int>(LowSlots::kLowest); });
}

// pid, or -1 with errno. The failure of a child that was born is in the plan.
int Start(Plan& plan, const SpawnStack& stack) {
  LowSlots::Reserve();
  std::optional<LowSlots> slots;
  if (IsCrowded(plan)) {
    slots.emplace(static_cast<int>(plan.count));
    for (size_t index = 0; index < plan.count; index++) {
      const int slot = slots->Fill(static_cast<int>(index), plan.moves[index].source);
      if (slot < 0) {
        plan.stage = kDescriptors;
        return -1;
      }
      plan.moves[index].source = slot;
    }
    plan.shared_table = true;
  }
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | (plan.shared_table ? CLONE_FILES : 0) |
                    (plan.flags & kNewPid ? CLONE_NEWPID : 0);
  Newborn birth = {plan, stack.middle()};
  uint64_t mask = 0;
  RawMask(~uint64_t{0}, &mask);
  const int pid = clone(Child, stack.top(), flags, &birth, &plan.pidfd);
  const int error = errno;
  RawMask(mask, nullptr);
  errno = error;
  return pid;
}

}  // namespace

SpawnStack::~SpawnStack() {
  if (memory_ != nullptr) munmap(memory_, kGuardBytes + kStackBytes);
}

bool SpawnStack::Make() {
  if (memory_ != nullptr) return true;
  void* memory = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return false;
  mprotect(memory, kGuardBytes, PROT_NONE);
  memory_ = static_cast<char*>(memory);
  return true;
}

char* SpawnStack::top() const { return memory_ + kGuardBytes + kStackBytes; }
char* SpawnStack::middle() const { return memory_ + kGuardBytes + kStackBytes / 2; }

void Bear(Plan& plan, const SpawnStack& stack) {
  const int pid = Start(plan, stack);
  if (pid < 0) {
    plan.error = errno;
    plan.pidfd = -1;
    return;
  }
  last_pidfd.store(plan.pidfd, std::memory_order_relaxed);
  const bool is_orphan = (plan.flags & kOrphan) != 0;
  if (plan.error != 0 || is_orphan) {
    siginfo_t death;
    waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(plan.pidfd), &death, WEXITED);
    close(plan.pidfd);
    plan.pidfd = -1;
  }
  // Its own view in a pid namespace is another one.
  if (plan.error == 0 && !is_orphan) *plan.pid = pid;
}

// What the child has from 3 on.
std::vector<int> Kept(const std::vector<Move>& moves, const Settings& settings) {
  std::vector<int> kept(settings.inherit);
  for (const Move& move : moves) kept.push_back(move.target);
  kept.erase(std::remove_if(kept.begin(), kept.end(), [](int fd) { return fd < 3; }), kept.end());
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

}  // namespace s6
