#include "settings.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

namespace s6 {

namespace {

std::mutex guard;
std::shared_ptr<const Settings> current;
std::atomic<uint32_t> version{0};
std::atomic<uint64_t> touched{0};
std::once_flag looked;
// RLIM_INFINITY: never raised.
std::atomic<rlim_t> hard_at_start{RLIM_INFINITY};

}  // namespace

void Configure(Settings settings) {
  auto next = std::make_shared<const Settings>(std::move(settings));
  std::lock_guard<std::mutex> lock(guard);
  current = std::move(next);
  version++;
}

uint32_t SettingsVersion() { return version.load(); }

std::shared_ptr<const Settings> CurrentSettings() {
  std::lock_guard<std::mutex> lock(guard);
  if (!current) {
    Settings settings;
    settings.environment = OwnEnvironment();
    current = std::make_shared<const Settings>(std::move(settings));
  }
  return current;
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; entry++) variables.emplace_back(*entry);
  return variables;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

bool ReadStrings(const Napi::Value& value, std::vector<std::string>& into) {
  const Napi::Array array = value.As<Napi::Array>();
  into.reserve(array.Length());
  for (uint32_t index = 0; index < array.Length(); index++) {
    Napi::HandleScope scope(array.Env());
    const Napi::Value entry = array[index];
    if (entry.IsString()) {
      into.push_back(entry.As<Napi::String>().Utf8Value());
    } else {
      const auto bytes = entry.As<Napi::Uint8Array>();
      into.emplace_back(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
    }
    if (into.back().find('\0') != std::string::npos) return false;
  }
  return true;
}

long RawSigaction(int signal, const RawAction* action, RawAction* old) {
  return syscall(SYS_rt_sigaction, signal, action, old, sizeof(uint64_t));
}

uint64_t TouchedSignals() {
  std::call_once(looked, [] {
    for (int signal = 1; signal <= kSignals; signal++) {
      RawAction action;
      if (RawSigaction(signal, nullptr, &action) == 0 && action.words[0] != PlainAction(false).words[0]) TouchSignals(uint64_t{1} << (signal - 1));
    }
  });
  return touched.load();
}

void TouchSignals(uint64_t signals) { touched |= signals; }

RawAction PlainAction(bool ignore) {
  RawAction action;
  action.words[0] = reinterpret_cast<unsigned long>(ignore ? SIG_IGN : SIG_DFL);
  return action;
}

void RawMask(uint64_t mask, uint64_t* old) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(uint64_t));
}

int CloseAllOnExec() {
  if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return 0;
  // Before Linux 5.11, or forbidden by a container: one by one.
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
  for (rlim_t fd = 3; fd < limit.rlim_cur; fd++) fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
  return 0;
}

int ClearCloexec(int fd) { return fcntl(fd, F_SETFD, 0); }

int RaiseNofile(rlim_t limit) {
  struct rlimit now;
  if (getrlimit(RLIMIT_NOFILE, &now) < 0) return -1;
  const struct rlimit raised = {limit, std::max(limit, now.rlim_max)};
  if (setrlimit(RLIMIT_NOFILE, &raised) < 0) return -1;
  rlim_t unknown = RLIM_INFINITY;
  if (raised.rlim_max > now.rlim_max) hard_at_start.compare_exchange_strong(unknown, now.rlim_max);
  return 0;
}

int GiveBackNofile(long soft) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
  limit.rlim_max = std::min(limit.rlim_max, hard_at_start.load());
  limit.rlim_cur = std::min(soft < 0 ? limit.rlim_cur : static_cast<rlim_t>(soft), limit.rlim_max);
  return setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace s6
