// Signals as bytes in a pipe, process-wide: it does not matter which thread the kernel picks for the handler.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>

#include "addon.h"
#include "settings.h"

namespace s6 {

namespace {

std::mutex guard;
int ends[2] = {-1, -1};

// Every death of a service is a SIGCHLD for the thread that started it, which waits for it by its pidfd; main has only
// strangers to reap. So main alone looks whether one of them has died, without any JavaScript when none has. Looking
// and not believing siginfo: SIGCHLDs that come together are one.
bool IsNews(int signal) {
  if (signal != SIGCHLD) return true;
  const pid_t main = getpid();
  if (syscall(SYS_gettid) != main) {
    syscall(SYS_tgkill, main, main, SIGCHLD);
    return false;
  }
  siginfo_t dead = {};
  const int result = waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT | __WNOTHREAD);
  return result < 0 ? errno != ECHILD : dead.si_pid != 0;
}

// A full pipe loses the byte: 64 KiB of unread signals already say everything.
void Handler(int signal) {
  const int error = errno;
  if (!IsNews(signal)) {
    errno = error;
    return;
  }
  const auto byte = static_cast<unsigned char>(signal);
  [[maybe_unused]] const ssize_t written = write(ends[1], &byte, 1);
  errno = error;
}

int Set(const Napi::Int32Array& signals, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  // No SA_RESTART: a thread that blocks in a call of ours comes back.
  sigfillset(&action.sa_mask);
  for (size_t index = 0; index < signals.ElementLength(); index++) {
    if (sigaction(signals.Data()[index], &action, nullptr) < 0) return -errno;
    TouchSignals(uint64_t{1} << (signals.Data()[index] - 1));
  }
  return 0;
}

// trapSignals(signals): the read end or -errno
Napi::Value TrapSignals(const Napi::CallbackInfo& info) {
  std::lock_guard<std::mutex> lock(guard);
  if (ends[0] < 0 && pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) return Answer(info, -errno);
  const int result = Set(info[0].As<Napi::Int32Array>(), Handler);
  return Answer(info, result < 0 ? result : ends[0]);
}

// untrapSignals(signals): 0 or -errno
Napi::Value UntrapSignals(const Napi::CallbackInfo& info) {
  std::lock_guard<std::mutex> lock(guard);
  return Answer(info, Set(info[0].As<Napi::Int32Array>(), SIG_DFL));
}

}  // namespace

void RegisterSignals(Napi::Object exports) {
  Export<TrapSignals>(exports, "trapSignals");
  Export<UntrapSignals>(exports, "untrapSignals");
}

}  // namespace s6
