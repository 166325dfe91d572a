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
#include <optional>

#include "addon.h"
#include "chain.h"
#include "low-slots.h"
#include "settings.h"

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

enum Flag { kSetsid = 1, kNewPid = 2, kOrphan = 4 };
enum Stage { kClone = 0, kChdir = 1, kDescriptors = 2, kExec = 3 };

// The lowest free descriptor number at the last spawn: about how many are open.
std::atomic<int> last_pidfd{0};

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
  char* lower_stack;
  // Written by the child.
  int32_t* pid;
  int stage = kClone;
  int error = 0;
};

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

int Child(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  if ((plan.flags & kOrphan) == 0) Grown(argument);
  // The process that is to live is our child, for as long as we are there: on the lower half of the stack.
  const int pid = clone(Grown, plan.lower_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  if (pid < 0) Fail(plan, kClone);
  _exit(0);
}

int Grown(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  // Noted by the child itself: a parent that is killed right now would never come to it. (In a namespace of its own it is 1.)
  if ((plan.flags & kNewPid) == 0) *plan.pid = static_cast<int32_t>(syscall(SYS_getpid));
  for (int signal = 1; signal <= kSignals; signal++) {
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

void* StackOf(State& state) {
  if (state.spawn_stack != nullptr) return state.spawn_stack;
  void* memory = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  mprotect(memory, kGuardBytes, PROT_NONE);
  return state.spawn_stack = memory;
}

bool IsCrowded(const Plan& plan) {
  int highest = std::max(plan.dir_fd, last_pidfd.load(std::memory_order_relaxed));
  for (size_t index = 0; index < plan.count; index++) highest = std::max(highest, plan.moves[index].source);
  if (highest < kCrowded || plan.count > static_cast<size_t>(LowSlots::Capacity())) return false;
  return std::all_of(plan.settings->inherit.begin(), plan.settings->inherit.end(),
                     [](int fd) { return fd < static_cast<int>(LowSlots::kLowest); });
}

// pid, or -1 with errno. The failure of a child that was born is in the plan.
int Start(Plan& plan, void* stack, int* pidfd) {
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
  uint64_t mask = 0;
  RawMask(~uint64_t{0}, &mask);
  const int pid = clone(Child, static_cast<char*>(stack) + kGuardBytes + kStackBytes, flags, &plan, pidfd);
  const int error = errno;
  RawMask(mask, nullptr);
  errno = error;
  return pid;
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

// spawn(dirFd, file, argv, fdMap, flags, out, environ, chain, texts): pid or -errno
Napi::Value Spawn(const Napi::CallbackInfo& info) {
  const CString file(info[1]);
  std::vector<std::string> arguments;
  int32_t* out = info[5].As<Napi::Int32Array>().Data();
  out[0] = 0;
  out[1] = -1;
  out[2] = kClone;
  std::vector<std::string> variables;
  if (!ReadStrings(info[2], arguments) || !file.ok()) return Answer(info, -EINVAL);
  if (!info[6].IsNull() && !ReadStrings(info[6], variables)) return Answer(info, -EINVAL);
  void* stack = StackOf(*info.Env().GetInstanceData<State>());
  if (stack == nullptr) return Answer(info, -ENOMEM);

  const auto map = info[3].As<Napi::Int32Array>();
  std::vector<Move> moves;
  for (size_t index = 0; index + 1 < map.ElementLength(); index += 2) {
    moves.push_back({map.Data()[index], map.Data()[index + 1]});
  }
  const auto settings = CurrentSettings();
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> environment = Pointers(info[6].IsNull() ? settings->environment : variables);
  Chain chain;
  if (!info[7].IsNull() && !chain.Read(info[7], info[8])) return Answer(info, -EINVAL);
  const std::vector<int> kept = Kept(moves, *settings);
  std::optional<ChangingIds> changing;
  if (chain.get().changes_ids != 0) changing.emplace();
  Plan plan = {};
  plan.chain = info[7].IsNull() ? nullptr : &chain.get();
  plan.kept = &kept;
  plan.dir_fd = Int(info, 0);
  plan.flags = Int(info, 4);
  plan.file = file.get();
  plan.argv = argv.data();
  plan.environment = environment.data();
  plan.moves = moves.data();
  plan.count = moves.size();
  plan.settings = settings.get();
  plan.pid = &out[0];
  plan.lower_stack = static_cast<char*>(stack) + kGuardBytes + kStackBytes / 2;

  int pidfd = -1;
  const int pid = Start(plan, stack, &pidfd);
  if (pid < 0) {
    out[2] = plan.stage;
    return Answer(info, -errno);
  }
  last_pidfd.store(pidfd, std::memory_order_relaxed);
  const bool is_orphan = (plan.flags & kOrphan) != 0;
  if (plan.error != 0 || is_orphan) {
    siginfo_t death;
    waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &death, WEXITED);
    close(pidfd);
  }
  if (plan.error != 0) {
    out[0] = 0;
    out[2] = plan.stage;
    return Answer(info, -plan.error);
  }
  if (is_orphan) return Answer(info, out[0]);
  out[1] = pidfd;
  out[0] = pid;
  return Answer(info, pid);
}

}  // namespace

State::~State() {
  if (spawn_stack != nullptr) munmap(spawn_stack, kGuardBytes + kStackBytes);
}

void RegisterSpawn(Napi::Object exports) { Export<Spawn>(exports, "spawn"); }

}  // namespace s6
