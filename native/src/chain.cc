#include "chain.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "addon.h"
#include "settings.h"

namespace s6 {

namespace {

// Where descriptors have to be closed one by one.
constexpr rlim_t kManyDescriptors = 65536;
constexpr unsigned kMemoryDevices = 1;  // null, zero, full, random...

bool Passes(int error) { return error == EACCES || error == EPERM || error == EISDIR || error == ENOTDIR; }

// Would opening it wait for somebody, or do something?
bool IsQuick(const char* path) {
  struct stat found;
  if (stat(path, &found) < 0) return errno == ENOENT;
  return S_ISREG(found.st_mode) || S_ISDIR(found.st_mode) || (S_ISCHR(found.st_mode) && major(found.st_rdev) == kMemoryDevices);
}

// Our memory is that of the parent: whoever has the new ids must not get at it.
int Unseen(long result) {
  prctl(PR_SET_DUMPABLE, 0);
  return static_cast<int>(result);
}

rlim_t Long(int32_t low, int32_t high) { return static_cast<uint32_t>(low) | static_cast<rlim_t>(static_cast<uint32_t>(high)) << 32; }

void CloseRange(unsigned first, unsigned last) {
  if (first > last || syscall(SYS_close_range, first, last, 0U) == 0) return;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  // Before Linux 5.9, or forbidden. What is not closed has close-on-exec at least.
  const rlim_t end = std::min<rlim_t>(limit.rlim_max, kManyDescriptors);
  for (rlim_t fd = first; fd <= last && fd < end; fd++) close(static_cast<int>(fd));
}

std::mutex changing;
int changing_count = 0;
int dumpable_before = 0;

}  // namespace

ChangingIds::ChangingIds() {
  std::lock_guard<std::mutex> lock(changing);
  if (changing_count++ > 0) return;
  dumpable_before = prctl(PR_GET_DUMPABLE);
  prctl(PR_SET_DUMPABLE, 0);
}

ChangingIds::~ChangingIds() {
  std::lock_guard<std::mutex> lock(changing);
  if (--changing_count == 0 && dumpable_before == 1) prctl(PR_SET_DUMPABLE, 1);
}

bool Chain::Read(const Napi::Value& words, const Napi::Value& texts) {
  const auto numbers = words.As<Napi::Int32Array>();
  const auto bytes = texts.As<Napi::Uint8Array>();
  words_.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
  texts_.assign(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  if (texts_.empty() || texts_.back() != '\0' || !Has(0, kHeaderWords)) return false;
  const size_t count = static_cast<size_t>(words_[kVectors]);
  const size_t at = static_cast<size_t>(words_[kVectorsAt]);
  if (!Has(at, 2 * count)) return false;
  vectors_.resize(count);
  for (size_t index = 0; index < count; index++) {
    size_t offset = static_cast<size_t>(words_[at + 2 * index]);
    for (int32_t left = words_[at + 2 * index + 1]; left > 0 && offset < texts_.size(); left--) {
      vectors_[index].push_back(&texts_[offset]);
      offset = texts_.find('\0', offset) + 1;
    }
    vectors_[index].push_back(nullptr);
  }
  const size_t steps = static_cast<size_t>(words_[kSteps]);
  const size_t steps_at = static_cast<size_t>(words_[kStepsAt]);
  if (!Has(steps_at, kStepWords * steps)) return false;
  for (size_t index = 0; index < steps; index++) {
    const int32_t kind = words_[steps_at + kStepWords * index];
    if (kind == kGroups || kind == kGid || kind == kUid) changes_ids_ = true;
  }
  return Has(static_cast<size_t>(words_[kCandidatesAt]), static_cast<size_t>(words_[kCandidates])) &&
         Has(static_cast<size_t>(words_[kFallbacksAt]), kImageWords * static_cast<size_t>(words_[kFallbacks]));
}

void Chain::CloseOthers(const std::vector<int>& kept) {
  unsigned first = 3;
  for (const int fd : kept) {
    CloseRange(first, static_cast<unsigned>(fd) - 1);
    first = static_cast<unsigned>(fd) + 1;
  }
  CloseRange(first, ~0U);
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) == FD_CLOEXEC) close(fd);
  }
}

int Chain::Run() {
  const int32_t* step = &words_[static_cast<size_t>(words_[kStepsAt])];
  for (int32_t done = 0; done < words_[kSteps]; done++, step += kStepWords) {
    if (Do(step) < 0) return Become(step[1], done);
  }
  return Execute();
}

void Chain::LiftLimits(int32_t done) {
  const int32_t* step = &words_[static_cast<size_t>(words_[kStepsAt])];
  for (; done > 0; done--, step += kStepWords) {
    if (step[0] != kLimit) continue;
    const auto resource = static_cast<__rlimit_resource_t>(step[2]);
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) continue;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
  }
}

int Chain::Become(int fallback, int32_t done) {
  if (fallback < 0) return ENOSYS;
  LiftLimits(done);
  const int32_t* entry = &words_[static_cast<size_t>(words_[kFallbacksAt]) + kImageWords * static_cast<size_t>(fallback)];
  RawMask(0, nullptr);
  execve(Text(entry[0]), vectors_[static_cast<size_t>(entry[1])].data(), vectors_[static_cast<size_t>(entry[2])].data());
  return errno;
}

int Chain::Execute() {
  char** argv = vectors_[static_cast<size_t>(words_[kArgv])].data();
  char** environment = vectors_[static_cast<size_t>(words_[kEnvironment])].data();
  const int32_t* candidate = &words_[static_cast<size_t>(words_[kCandidatesAt])];
  int remembered = ENOENT;
  // Not before: a signal of another user's could end what shares its memory with us.
  RawMask(0, nullptr);
  for (int32_t left = words_[kCandidates]; left > 0; left--, candidate++) {
    execve(Text(*candidate), argv, environment);
    if (errno == ENOENT) continue;
    remembered = errno;
    if (!Passes(remembered)) break;
  }
  const int32_t digits = words_[kSayErrno];
  if (digits >= 0) {
    char* place = Text(digits);
    for (int index = 2, rest = remembered; index >= 0; index--, rest /= 10) place[index] = static_cast<char>('0' + rest % 10);
  }
  const int error = Become(words_[kOtherwise], words_[kSteps]);
  return words_[kOtherwise] < 0 ? remembered : error;
}

int Chain::Do(const int32_t* step) {
  switch (step[0]) {
    case kChdir: return chdir(Text(step[2]));
    case kUmask: umask(static_cast<mode_t>(step[2])); return 0;
    case kMove: return Move(step[2], step[3], step[4] != 0);
    case kClose: close(step[2]); return 0;
    case kSwap: return Swap(step[2], step[3]);
    case kBlock: return Block(step[2], step[3] != 0);
    case kOpen: return Open(step);
    case kPipe: return Pipe(step[2], step[3]);
    // The C library would tell all our threads.
    case kGroups: return Unseen(syscall(SYS_setgroups, static_cast<size_t>(step[2]), &words_[static_cast<size_t>(step[3])]));
    case kGid: return Unseen(syscall(SYS_setgid, static_cast<unsigned>(step[2])));
    case kUid: return Unseen(syscall(SYS_setuid, static_cast<unsigned>(step[2])));
    case kLimit: return Limit(step);
    case kSession: return static_cast<int>(setsid());
    case kGroup: return setpgid(0, 0);
    case kLock: return Lock(step);
    case kLimits: {
      const struct rlimit limits = {Long(step[3], step[4]), Long(step[5], step[6])};
      return setrlimit(static_cast<__rlimit_resource_t>(step[2]), &limits);
    }
    default: return -1;
  }
}

int Chain::Move(int from, int to, bool copy) {
  if (from == to) return copy ? -1 : ClearCloexec(from);
  if (dup2(from, to) < 0) return -1;
  if (!copy) close(from);
  return 0;
}

int Chain::Swap(int one, int other) {
  const int kept = dup(one);
  if (kept < 0) return -1;
  if (fcntl(other, F_GETFD) < 0 || dup2(other, one) < 0) {
    close(kept);
    return -1;
  }
  return Move(kept, other, false);
}

int Chain::Block(int fd, bool nonblocking) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

// open: [to, flags, does it block in the end?, text]
int Chain::Open(const int32_t* step) {
  const char* path = Text(step[5]);
  struct rlimit limit;
  // Not after the file has been made.
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || static_cast<rlim_t>(step[2]) >= limit.rlim_cur || !IsQuick(path)) return -1;
  const int fd = open(path, step[3] | O_NONBLOCK, 0666);
  if (fd < 0) return -1;
  if (Block(fd, step[4] == 0) < 0 || (fd != step[2] && Move(fd, step[2], false) < 0)) {
    close(fd);
    return -1;
  }
  return 0;
}

int Chain::Pipe(int read_end, int write_end) {
  int ends[2];
  if (pipe(ends) < 0) return -1;
  // Out of the way of both numbers.
  const int copy = fcntl(ends[1], F_DUPFD, std::max(read_end, write_end) + 1);
  close(ends[1]);
  if (copy < 0 || (ends[0] != read_end && Move(ends[0], read_end, false) < 0) || Move(copy, write_end, false) < 0) {
    close(ends[0]);
    if (copy >= 0) close(copy);
    return -1;
  }
  return 0;
}

// limit: [resource, 0 soft 1 hard 2 both, as much as possible?, low, high]
int Chain::Limit(const int32_t* step) {
  const auto resource = static_cast<__rlimit_resource_t>(step[2]);
  struct rlimit limit;
  if (getrlimit(resource, &limit) < 0) return -1;
  const rlim_t told = Long(step[5], step[6]);
  const bool most = step[4] != 0;
  if (step[3] == 0) limit.rlim_cur = most || told > limit.rlim_max ? limit.rlim_max : told;
  else if (step[3] == 1) limit.rlim_max = most ? RLIM_INFINITY : told;
  else limit.rlim_cur = limit.rlim_max = most ? RLIM_INFINITY : told;
  return setrlimit(resource, &limit);
}

// lock: [its number or -1, shared?, unused, text]. One that is held is waited for by its own program.
int Chain::Lock(const int32_t* step) {
  const char* path = Text(step[5]);
  const bool shared = step[3] != 0;
  int fd = open(path, shared ? O_RDONLY | O_NONBLOCK : O_WRONLY | O_CREAT | O_NONBLOCK, 0666);
  if (fd < 0) return -1;
  if (step[2] >= 0 && fd != step[2]) {
    if (Move(fd, step[2], false) < 0) {
      close(fd);
      return -1;
    }
    fd = step[2];
  }
  struct flock lock = {};
  lock.l_type = shared ? F_RDLCK : F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(fd, F_SETLK, &lock) == 0) return 0;
  close(fd);
  return -1;
}

}  // namespace s6
