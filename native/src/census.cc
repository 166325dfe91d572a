// Who belongs to a process group or session, of all processes that there are.
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "addon.h"

#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1UL << 2)
#endif

namespace s6 {

namespace {

// groupMembers(groups, out): how many processes are in one of these groups, or in a session of that number; out gets
// as many of them as fit. One look at each process that /proc lists: two calls, no file is read.
Napi::Value GroupMembers(const Napi::CallbackInfo& info) {
  const auto groups = info[0].As<Napi::Int32Array>();
  auto out = info[1].As<Napi::Int32Array>();
  const int32_t* first = groups.Data();
  const int32_t* last = first + groups.ElementLength();
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return Answer(info, -errno);
  size_t count = 0;
  while (const dirent* entry = readdir(proc)) {
    char* end;
    const long pid = strtol(entry->d_name, &end, 10);
    if (pid <= 0 || *end != '\0') continue;
    const bool is_member = std::find(first, last, getpgid(static_cast<pid_t>(pid))) != last ||
                           std::find(first, last, getsid(static_cast<pid_t>(pid))) != last;
    if (!is_member) continue;
    if (count < out.ElementLength()) out[count] = static_cast<int32_t>(pid);
    count++;
  }
  closedir(proc);
  return Answer(info, static_cast<double>(count));
}

// killGroup(pidfd, signal): the process group that the process of the pidfd led, even when itself is long gone; no
// other group of that number. -ESRCH when it has no member, -EINVAL below Linux 6.9.
Napi::Value KillGroup(const Napi::CallbackInfo& info) {
  return Result(info, syscall(SYS_pidfd_send_signal, Int(info, 0), Int(info, 1), nullptr, PIDFD_SIGNAL_PROCESS_GROUP));
}

// bootTicks(): now, in the unit and from the origin of a start time in /proc/PID/stat
Napi::Value BootTicks(const Napi::CallbackInfo& info) {
  struct timespec time;
  clock_gettime(CLOCK_BOOTTIME, &time);
  const double seconds = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  return Answer(info, static_cast<double>(static_cast<int64_t>(seconds * static_cast<double>(sysconf(_SC_CLK_TCK)))));
}

}  // namespace

void RegisterCensus(Napi::Object exports) {
  Export<GroupMembers>(exports, "groupMembers");
  Export<KillGroup>(exports, "killGroup");
  Export<BootTicks>(exports, "bootTicks");
}

}  // namespace s6
