// The process itself, its children and its clocks.
#include <grp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "addon.h"
#include "low-slots.h"
#include "settings.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace s6 {

namespace {

// configure(softNofile, ignored, inherit, environ | null): void
Napi::Value ConfigureProcess(const Napi::CallbackInfo& info) {
  Settings settings;
  settings.soft_nofile = info[0].As<Napi::Number>().Int64Value();
  const auto ignored = info[1].As<Napi::Int32Array>();
  for (size_t index = 0; index < ignored.ElementLength(); index++) {
    const int signal = ignored.Data()[index];
    // A child that ignores SIGPIPE without having asked for it writes into closed pipes for ever.
    if (signal >= 1 && signal <= kSignals && signal != SIGPIPE) settings.ignored |= uint64_t{1} << (signal - 1);
  }
  const auto inherit = info[2].As<Napi::Int32Array>();
  settings.inherit.assign(inherit.Data(), inherit.Data() + inherit.ElementLength());
  if (info[3].IsNull()) settings.environment = OwnEnvironment();
  else ReadStrings(info[3], settings.environment);
  Configure(std::move(settings));
  LowSlots::Reserve();
  return info.Env().Undefined();
}

// environment(): string[], a character per byte
Napi::Value Environment(const Napi::CallbackInfo& info) {
  const auto settings = CurrentSettings();
  auto entries = Napi::Array::New(info.Env(), settings->environment.size());
  for (uint32_t index = 0; index < settings->environment.size(); index++) {
    const std::string& entry = settings->environment[index];
    napi_value text;
    if (napi_create_string_latin1(info.Env(), entry.data(), entry.size(), &text) != napi_ok) break;
    entries.Set(index, text);
  }
  return entries;
}

// childNofile(): number
Napi::Value ChildNofile(const Napi::CallbackInfo& info) {
  const long soft = CurrentSettings()->soft_nofile;
  struct rlimit limit;
  if (soft >= 0) return Answer(info, static_cast<double>(soft));
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return Answer(info, -1);
  return Answer(info, limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur));
}

// settingsVersion(): another number after each configure()
Napi::Value SettingsNumber(const Napi::CallbackInfo& info) { return Answer(info, SettingsVersion()); }

int RawStatus(const siginfo_t& death) {
  switch (death.si_code) {
    case CLD_EXITED:
      return (death.si_status & 0xff) << 8;
    case CLD_DUMPED:
      return (death.si_status & 0x7f) | 0x80;
    default:
      return death.si_status & 0x7f;
  }
}

// waitPidfd(pidfd): raw wait status, -EAGAIN, -ECHILD
Napi::Value WaitPidfd(const Napi::CallbackInfo& info) {
  siginfo_t death = {};
  if (waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(Int(info, 0)), &death, WEXITED | WNOHANG) < 0) {
    return Answer(info, -errno);
  }
  return Answer(info, death.si_pid == 0 ? -EAGAIN : RawStatus(death));
}

// pidfdInode(pidfd, out): 1 and the inode, low half first, which no other process of this boot has or had; 0 where the
// kernel (before 6.9) gives all pidfds the same one; -errno.
Napi::Value PidfdInode(const Napi::CallbackInfo& info) {
  struct statfs system;
  struct stat found;
  const int pidfd = Int(info, 0);
  if (fstatfs(pidfd, &system) < 0 || fstat(pidfd, &found) < 0) return Answer(info, -errno);
  constexpr auto kPidfs = 0x50494446;
  if (system.f_type != kPidfs) return Answer(info, 0);
  uint32_t* out = info[1].As<Napi::Uint32Array>().Data();
  out[0] = static_cast<uint32_t>(found.st_ino);
  out[1] = static_cast<uint32_t>(static_cast<uint64_t>(found.st_ino) >> 32);
  return Answer(info, 1);
}

// pidfdStatus(pidfd): raw wait status of a process that somebody else has waited for, -EAGAIN while nobody has, another
// -errno where the kernel (before 6.15) does not tell.
Napi::Value PidfdStatus(const Napi::CallbackInfo& info) {
  struct Info {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11];
    int32_t exit_code;
  };
  constexpr uint64_t kExit = 1 << 3;
  Info answer = {};
  answer.mask = kExit;
  if (ioctl(Int(info, 0), _IOWR(0xFF, 11, Info), &answer) < 0) return Answer(info, -errno);
  return Answer(info, (answer.mask & kExit) != 0 ? answer.exit_code : -EAGAIN);
}

// reap(out): pid, 0, -errno. The kernel ties a child to the thread that cloned it, and orphans to the main thread of
// a subreaper: without __WNOTHREAD main would take the statuses that the workers wait for.
Napi::Value Reap(const Napi::CallbackInfo& info) {
  int status = 0;
  const pid_t pid = wait4(-1, &status, WNOHANG | __WNOTHREAD, nullptr);
  if (pid > 0) info[0].As<Napi::Int32Array>().Data()[0] = status;
  return Result(info, pid);
}

Napi::Value PidfdOpen(const Napi::CallbackInfo& info) { return Result(info, syscall(SYS_pidfd_open, Int(info, 0), 0)); }

Napi::Value Kill(const Napi::CallbackInfo& info) { return Result(info, kill(Int(info, 0), Int(info, 1))); }

Napi::Value PidfdKill(const Napi::CallbackInfo& info) {
  return Result(info, syscall(SYS_pidfd_send_signal, Int(info, 0), Int(info, 1), nullptr, 0));
}

Napi::Value SetSubreaper(const Napi::CallbackInfo& info) {
  return Result(info, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
}

Napi::Value SetName(const Napi::CallbackInfo& info) {
  const CString name(info[0]);
  return Result(info, prctl(PR_SET_NAME, name.get(), 0, 0, 0));
}

Napi::Value GetNofile(const Napi::CallbackInfo& info) {
  struct rlimit limit;
  const int result = getrlimit(RLIMIT_NOFILE, &limit);
  if (result == 0) {
    double* out = info[0].As<Napi::Float64Array>().Data();
    out[0] = limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur);
    out[1] = limit.rlim_max == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_max);
  }
  return Result(info, result);
}

// setNofile(soft): 0 or -errno. -1 = unlimited. Above the hard limit it raises that, too.
Napi::Value SetNofile(const Napi::CallbackInfo& info) {
  const int64_t soft = info[0].As<Napi::Number>().Int64Value();
  return Result(info, RaiseNofile(soft < 0 ? RLIM_INFINITY : static_cast<rlim_t>(soft)));
}

Napi::Value Fchdir(const Napi::CallbackInfo& info) { return Result(info, fchdir(Int(info, 0))); }

// getcwd(): bytes, or -errno.
Napi::Value Getcwd(const Napi::CallbackInfo& info) {
  char* path = getcwd(nullptr, 0);
  if (path == nullptr) return Answer(info, -errno);
  const auto bytes = Napi::Buffer<char>::Copy(info.Env(), path, strlen(path));
  free(path);
  return bytes;
}

// chdir(path)
Napi::Value Chdir(const Napi::CallbackInfo& info) {
  const CString path(info[0]);
  if (!path.ok()) return Answer(info, -EINVAL);
  return Result(info, chdir(path.get()));
}

Napi::Value Umask(const Napi::CallbackInfo& info) { return Result(info, umask(static_cast<mode_t>(Int(info, 0)))); }

// exitNow(code): does not return
Napi::Value ExitNow(const Napi::CallbackInfo& info) { _exit(Int(info, 0)); }

// clock(out): void
Napi::Value Clock(const Napi::CallbackInfo& info) {
  double* out = info[0].As<Napi::Float64Array>().Data();
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  out[0] = static_cast<double>(time.tv_sec);
  out[1] = static_cast<double>(time.tv_nsec);
  clock_gettime(CLOCK_MONOTONIC, &time);
  out[2] = static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  return info.Env().Undefined();
}

Napi::Value Getuid(const Napi::CallbackInfo& info) { return Answer(info, getuid()); }
Napi::Value Getgid(const Napi::CallbackInfo& info) { return Answer(info, getgid()); }
Napi::Value Geteuid(const Napi::CallbackInfo& info) { return Answer(info, geteuid()); }
Napi::Value Getegid(const Napi::CallbackInfo& info) { return Answer(info, getegid()); }

// These three are the C library's: it changes every thread, which the kernel would not.
// The C library changes all threads, one by one, which takes milliseconds; the kernel only the one that asks.
bool IsForAll(const Napi::CallbackInfo& info) { return info[1].As<Napi::Boolean>().Value(); }

Napi::Value Setgroups(const Napi::CallbackInfo& info) {
  const auto groups = info[0].As<Napi::Uint32Array>();
  const size_t count = groups.ElementLength();
  return Result(info, IsForAll(info) ? setgroups(count, groups.Data()) : syscall(SYS_setgroups, count, groups.Data()));
}

Napi::Value Setgid(const Napi::CallbackInfo& info) {
  const gid_t gid = info[0].As<Napi::Number>().Uint32Value();
  return Result(info, IsForAll(info) ? setgid(gid) : syscall(SYS_setgid, gid));
}

Napi::Value Setuid(const Napi::CallbackInfo& info) {
  const uid_t uid = info[0].As<Napi::Number>().Uint32Value();
  return Result(info, IsForAll(info) ? setuid(uid) : syscall(SYS_setuid, uid));
}

}  // namespace

void RegisterProcess(Napi::Object exports) {
  Export<ConfigureProcess>(exports, "configure");
  Export<Environment>(exports, "environment");
  Export<SettingsNumber>(exports, "settingsVersion");
  Export<ChildNofile>(exports, "childNofile");
  Export<WaitPidfd>(exports, "waitPidfd");
  Export<PidfdInode>(exports, "pidfdInode");
  Export<PidfdStatus>(exports, "pidfdStatus");
  Export<Reap>(exports, "reap");
  Export<PidfdOpen>(exports, "pidfdOpen");
  Export<Kill>(exports, "kill");
  Export<PidfdKill>(exports, "pidfdKill");
  Export<SetSubreaper>(exports, "setSubreaper");
  Export<SetName>(exports, "setName");
  Export<GetNofile>(exports, "getNofile");
  Export<SetNofile>(exports, "setNofile");
  Export<Umask>(exports, "umask");
  Export<ExitNow>(exports, "exitNow");
  Export<Fchdir>(exports, "fchdir");
  Export<Chdir>(exports, "chdir");
  Export<Getcwd>(exports, "getcwd");
  Export<Clock>(exports, "clock");
  Export<Getuid>(exports, "getuid");
  Export<Getgid>(exports, "getgid");
  Export<Geteuid>(exports, "geteuid");
  Export<Getegid>(exports, "getegid");
  Export<Setgroups>(exports, "setgroups");
  Export<Setgid>(exports, "setgid");
  Export<Setuid>(exports, "setuid");
}

}  // namespace s6
