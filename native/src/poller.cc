// One epoll set per thread, seen by that thread's event loop as a single handle: a quarter of the memory and half of
// the time per descriptor of one handle each.
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <climits>
#include <vector>

#include "addon.h"

namespace s6 {

struct Poller {
  napi_env env = nullptr;
  int epoll_fd = -1;
  uv_poll_t handle = {};
  napi_async_cleanup_hook_handle hook = nullptr;
  bool closing = false;
  // How long a round waits for the next one before the event loop goes on, ms.
  int linger = 0;
  napi_ref ready_ref = nullptr;
  napi_ref callback_ref = nullptr;
  int32_t* ready = nullptr;
  std::vector<epoll_event> events;
};

namespace {

// After so many the event loop has its turn, whatever it has to do.
constexpr int kMostRounds = 64;

// The environment may be gone already: no call into JavaScript from here.
void OnClosed(uv_handle_t* handle) {
  auto* poller = static_cast<Poller*>(handle->data);
  close(poller->epoll_fd);
  napi_remove_async_cleanup_hook(poller->hook);
  delete poller;
}

void Shut(Poller* poller) {
  if (poller->closing) return;
  poller->closing = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&poller->handle), OnClosed);
}

void OnTeardown(napi_async_cleanup_hook_handle, void* data) { Shut(static_cast<Poller*>(data)); }

// Not MakeCallback of the C++ wrapper: it aborts the process when the worker is being terminated at that moment.
void CallBack(Poller* poller, int count) {
  napi_env env = poller->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver, argument, result;
  if (napi_get_reference_value(env, poller->callback_ref, &callback) == napi_ok && callback != nullptr &&
      napi_get_global(env, &receiver) == napi_ok && napi_create_int32(env, count, &argument) == napi_ok &&
      napi_make_callback(env, nullptr, receiver, callback, 1, &argument, &result) != napi_ok) {
    bool pending = false;
    napi_value error;
    // An exception of the callback is an uncaught exception of this thread; anything else is the thread's end.
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }
  napi_close_handle_scope(env, scope);
}

// One round; false: nothing was ready.
bool Round(Poller* poller, int wait) {
  const int count =
      epoll_wait(poller->epoll_fd, poller->events.data(), static_cast<int>(poller->events.size()), wait);
  if (count <= 0) return false;
  const auto end = poller->events.begin() + count;
  std::sort(poller->events.begin(), end,
            [](const epoll_event& left, const epoll_event& right) { return left.data.fd < right.data.fd; });
  for (int index = 0; index < count; index++) {
    poller->ready[2 * index] = poller->events[static_cast<size_t>(index)].data.fd;
    poller->ready[2 * index + 1] = static_cast<int32_t>(poller->events[static_cast<size_t>(index)].events);
  }
  CallBack(poller, count);
  return true;
}

// How long the event loop can do without us: until its next timer, or not at all when it has something to do.
int Patience(const Poller* poller) {
  uv_update_time(poller->handle.loop);
  const int due = uv_backend_timeout(poller->handle.loop);
  return due < 0 ? poller->linger : std::min(due, poller->linger);
}

void OnReadable(uv_poll_t* handle, int, int) {
  auto* poller = static_cast<Poller*>(handle->data);
  int wait = 0;
  for (int round = 0; Round(poller, wait) && !poller->closing && round < kMostRounds; round++) {
    wait = Patience(poller);
    if (wait == 0) return;
  }
}

// pollerStart(ready, callback, linger): 0 or -errno
Napi::Value PollerStart(const Napi::CallbackInfo& info) {
  const napi_env env = info.Env();
  State& state = *info.Env().GetInstanceData<State>();
  if (state.poller != nullptr) return Answer(info, -EALREADY);
  auto ready = info[0].As<Napi::Int32Array>();
  uv_loop_t* loop = nullptr;
  if (ready.ElementLength() < 2 || napi_get_uv_event_loop(env, &loop) != napi_ok) return Answer(info, -EINVAL);
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return Answer(info, -errno);

  auto* poller = new Poller;
  poller->env = env;
  poller->epoll_fd = epoll_fd;
  poller->ready = ready.Data();
  poller->linger = Int(info, 2);
  poller->events.resize(ready.ElementLength() / 2);
  const int failed = uv_poll_init(loop, &poller->handle, epoll_fd);
  if (failed != 0) {
    close(epoll_fd);
    delete poller;
    return Answer(info, failed);
  }
  poller->handle.data = poller;
  napi_create_reference(env, info[0], 1, &poller->ready_ref);
  napi_create_reference(env, info[1], 1, &poller->callback_ref);
  napi_add_async_cleanup_hook(env, OnTeardown, poller, &poller->hook);
  uv_poll_start(&poller->handle, UV_READABLE, OnReadable);
  state.poller = poller;
  return Answer(info, 0);
}

// pollerStop(): void
Napi::Value PollerStop(const Napi::CallbackInfo& info) {
  State& state = *info.Env().GetInstanceData<State>();
  if (state.poller != nullptr) {
    napi_delete_reference(info.Env(), state.poller->ready_ref);
    napi_delete_reference(info.Env(), state.poller->callback_ref);
    Shut(state.poller);
    state.poller = nullptr;
  }
  return info.Env().Undefined();
}

// pollerAdd(fd, events, token): 0 or -errno
Napi::Value PollerAdd(const Napi::CallbackInfo& info) {
  const Poller* poller = info.Env().GetInstanceData<State>()->poller;
  if (poller == nullptr) return Answer(info, -EBADF);
  epoll_event event = {};
  event.events = static_cast<uint32_t>(Int(info, 1));
  event.data.fd = Int(info, 2);
  return Result(info, epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, Int(info, 0), &event));
}

Napi::Value PollerRemove(const Napi::CallbackInfo& info) {
  const Poller* poller = info.Env().GetInstanceData<State>()->poller;
  if (poller == nullptr) return Answer(info, -EBADF);
  return Result(info, epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, Int(info, 0), nullptr));
}

double MonotonicMs() {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// poll(fds, timeoutMs): count of ready, 0 when the time is over, -errno. A signal that is trapped makes its pipe
// readable, so an interruption by itself is no answer.
Napi::Value Poll(const Napi::CallbackInfo& info) {
  auto triples = info[0].As<Napi::Int32Array>();
  std::vector<struct pollfd> set(triples.ElementLength() / 3);
  for (size_t index = 0; index < set.size(); index++) {
    set[index].fd = triples.Data()[3 * index];
    set[index].events = static_cast<short>(triples.Data()[3 * index + 1]);
  }
  const double timeout = info[1].As<Napi::Number>().DoubleValue();
  const double deadline = MonotonicMs() + timeout;
  int count;
  do {
    // Rounded up: an early answer would make the caller come back for nothing.
    const double left = std::min(std::max(deadline - MonotonicMs(), 0.0), static_cast<double>(INT_MAX - 1));
    const int whole = static_cast<int>(left) + (left > static_cast<int>(left) ? 1 : 0);
    count = poll(set.data(), set.size(), timeout < 0 ? -1 : whole);
    // A limit longer than poll(2) can hold goes on in another round.
  } while ((count < 0 && errno == EINTR) || (count == 0 && (timeout < 0 || MonotonicMs() < deadline)));
  for (size_t index = 0; index < set.size(); index++) triples.Data()[3 * index + 2] = set[index].revents;
  return Result(info, count);
}

}  // namespace

void RegisterPoller(Napi::Object exports) {
  Export<PollerStart>(exports, "pollerStart");
  Export<PollerStop>(exports, "pollerStop");
  Export<PollerAdd>(exports, "pollerAdd");
  Export<PollerRemove>(exports, "pollerRemove");
  Export<Poll>(exports, "poll");
}

}  // namespace s6
