// An epoll set that its thread waits for by itself, without an event loop: what a daemon has that answers one request after
// the other, and for which a turn of the event loop would be half of the cost.
#include <sys/epoll.h>

#include <algorithm>

#include "addon.h"

namespace s6 {

namespace {

constexpr int kMostReady = 64;

// waiterCreate(): close-on-exec
Napi::Value Create(const Napi::CallbackInfo& info) { return Result(info, epoll_create1(EPOLL_CLOEXEC)); }

// waiterAdd(waiter, fd, events, token): 0 or -errno
Napi::Value Add(const Napi::CallbackInfo& info) {
  epoll_event event = {};
  event.events = static_cast<uint32_t>(Int(info, 2));
  event.data.fd = Int(info, 3);
  return Result(info, epoll_ctl(Int(info, 0), EPOLL_CTL_ADD, Int(info, 1), &event));
}

Napi::Value Remove(const Napi::CallbackInfo& info) {
  return Result(info, epoll_ctl(Int(info, 0), EPOLL_CTL_DEL, Int(info, 1), nullptr));
}

// waiterWait(waiter, ms, tokens): how many are ready, in ascending order of their tokens; 0 when the time is over, or a
// signal came. ms -1: no limit.
Napi::Value Wait(const Napi::CallbackInfo& info) {
  auto tokens = info[2].As<Napi::Int32Array>();
  epoll_event events[kMostReady];
  const int most = std::min(kMostReady, static_cast<int>(tokens.ElementLength()));
  const int count = epoll_wait(Int(info, 0), events, most, Int(info, 1));
  if (count < 0) return Answer(info, errno == EINTR ? 0 : -errno);
  int32_t* out = tokens.Data();
  for (int index = 0; index < count; index++) out[index] = events[index].data.fd;
  if (count > 1) std::sort(out, out + count);
  return Answer(info, count);
}

}  // namespace

void RegisterWaiter(Napi::Object exports) {
  Export<Create>(exports, "waiterCreate");
  Export<Add>(exports, "waiterAdd");
  Export<Remove>(exports, "waiterRemove");
  Export<Wait>(exports, "waiterWait");
}

}  // namespace s6
