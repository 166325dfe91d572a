// Replacing the process: what Node changed at its start is undone first. When the exec fails, our own state comes back.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "addon.h"
#include "settings.h"

namespace s6 {

namespace {

// Descriptors that survive, with the flags they had.
class Survivors {
 public:
  void Add(int fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) saved_.push_back({fd, flags});
  }
  void Release() const {
    for (const Saved& saved : saved_) ClearCloexec(saved.fd);
  }
  void Restore() const {
    for (const Saved& saved : saved_) fcntl(saved.fd, F_SETFD, saved.flags);
  }

 private:
  struct Saved {
    int fd;
    int flags;
  };
  std::vector<Saved> saved_;
};

// [resource, soft, hard] each. -errno of the first that can't be set.
class Limits {
 public:
  explicit Limits(const Napi::BigUint64Array& wanted) : wanted_(wanted) {}
  int Apply() {
    const uint64_t* words = wanted_.Data();
    for (size_t index = 0; index + 2 < wanted_.ElementLength(); index += 3) {
      const auto resource = static_cast<__rlimit_resource_t>(words[index]);
      Saved& saved = saved_[count_ % kMost];
      saved.resource = resource;
      const struct rlimit limit = {words[index + 1], words[index + 2]};
      if (getrlimit(resource, &saved.limit) < 0 || setrlimit(resource, &limit) < 0) return -errno;
      count_++;
    }
    return 0;
  }
  // As far as the kernel allows: a lowered hard limit only root may raise.
  void Restore() const {
    for (size_t index = std::min(count_, kMost); index-- > 0;) setrlimit(saved_[index].resource, &saved_[index].limit);
  }

 private:
  static constexpr size_t kMost = RLIMIT_NLIMITS;
  struct Saved {
    __rlimit_resource_t resource;
    struct rlimit limit;
  };
  const Napi::BigUint64Array wanted_;
  // No allocation: there may be no memory to be had any more.
  Saved saved_[kMost];
  size_t count_ = 0;
};

// execve(file, argv, environ, keep, limits, blocked): -errno
Napi::Value Execve(const Napi::CallbackInfo& info) {
  const CString file(info[0]);
  std::vector<std::string> arguments;
  std::vector<std::string> variables;
  const auto settings = CurrentSettings();
  if (!file.ok() || !ReadStrings(info[1], arguments)) return Answer(info, -EINVAL);
  if (!info[2].IsNull() && !ReadStrings(info[2], variables)) return Answer(info, -EINVAL);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> environment = Pointers(info[2].IsNull() ? settings->environment : variables);
  const auto keep = info[3].As<Napi::Int32Array>();
  Limits limits(info[4].As<Napi::BigUint64Array>());
  const auto blocked = info[5].As<Napi::Int32Array>();
  uint64_t blocked_mask = 0;
  for (size_t index = 0; index < blocked.ElementLength(); index++) blocked_mask |= uint64_t{1} << (blocked.Data()[index] - 1);

  Survivors survivors;
  for (const int fd : {0, 1, 2}) survivors.Add(fd);
  for (const int fd : settings->inherit) survivors.Add(fd);
  for (size_t index = 0; index < keep.ElementLength(); index++) survivors.Add(keep.Data()[index]);
  struct rlimit nofile;
  if (getrlimit(RLIMIT_NOFILE, &nofile) < 0 || GiveBackNofile(settings->soft_nofile) < 0) return Answer(info, -errno);
  if (CloseAllOnExec() < 0) return Answer(info, -errno);
  survivors.Release();

  uint64_t mask = 0;
  RawMask(~uint64_t{0}, &mask);
  RawAction actions[kSignals];
  for (int signal = 1; signal <= kSignals; signal++) {
    const RawAction action = PlainAction((settings->ignored >> (signal - 1)) & 1);
    RawSigaction(signal, &action, &actions[signal - 1]);
  }
  RawMask(blocked_mask, nullptr);
  // Last: whatever is done after it might no longer be possible.
  int error = -limits.Apply();
  if (error == 0) {
    execve(file.get(), argv.data(), environment.data());
    error = errno;
  }
  limits.Restore();
  RawMask(~uint64_t{0}, nullptr);
  for (int signal = 1; signal <= kSignals; signal++) RawSigaction(signal, &actions[signal - 1], nullptr);
  RawMask(mask, nullptr);
  setrlimit(RLIMIT_NOFILE, &nofile);
  survivors.Restore();
  return Answer(info, -error);
}

}  // namespace

void RegisterExec(Napi::Object exports) { Export<Execve>(exports, "execve"); }

}  // namespace s6
