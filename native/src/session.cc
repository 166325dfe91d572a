// Sessions, process groups and their terminal.
#include <signal.h>
#include <unistd.h>

#include "addon.h"

namespace s6 {

namespace {

Napi::Value Setsid(const Napi::CallbackInfo& info) { return Result(info, setsid()); }

Napi::Value Setpgid(const Napi::CallbackInfo& info) { return Result(info, setpgid(Int(info, 0), Int(info, 1))); }

// tcsetpgrp(fd, group, shield): `shield`: SIGTTOU, which stops whoever is not in the foreground, can't.
Napi::Value Tcsetpgrp(const Napi::CallbackInfo& info) {
  sigset_t stop;
  sigset_t before;
  sigemptyset(&stop);
  if (info[2].As<Napi::Boolean>().Value()) sigaddset(&stop, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  const Napi::Value answer = Result(info, tcsetpgrp(Int(info, 0), Int(info, 1)));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return answer;
}

}  // namespace

void RegisterSession(Napi::Object exports) {
  Export<Setsid>(exports, "setsid");
  Export<Setpgid>(exports, "setpgid");
  Export<Tcsetpgrp>(exports, "tcsetpgrp");
}

}  // namespace s6
