// Classic record locks (F_SETLK): they belong to the process and outlive an exec, unless that closes a descriptor of the file.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "addon.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace s6 {

namespace {

constexpr long kMillion = 1000000;

struct timespec FromMs(long ms) { return {ms / 1000, ms % 1000 * kMillion}; }

long NowMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / kMillion;
}

// Interrupts this thread with SIGALRM after `ms`, and again and again: the first one may come just before the wait begins.
class Alarm {
 public:
  explicit Alarm(long ms) {
    struct sigaction action = {};
    action.sa_handler = [](int) {};  // without SA_RESTART
    sigaction(SIGALRM, &action, &before_);
    struct sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGALRM;
    event.sigev_notify_thread_id = static_cast<int>(syscall(SYS_gettid));
    ok_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    const struct itimerspec times = {FromMs(10), FromMs(ms)};
    if (ok_) timer_settime(timer_, 0, &times, nullptr);
  }
  ~Alarm() {
    if (ok_) timer_delete(timer_);
    sigaction(SIGALRM, &before_, nullptr);
  }
  bool ok() const { return ok_; }

 private:
  struct sigaction before_;
  timer_t timer_;
  bool ok_;
};

int Wait(int fd, struct flock lock) {
  while (fcntl(fd, F_SETLKW, &lock) < 0) {
    if (errno != EINTR) return -errno;
  }
  return 1;
}

int WaitFor(int fd, struct flock lock, long ms) {
  const long deadline = NowMs() + ms;
  const Alarm alarm(ms);
  if (!alarm.ok()) return -errno;
  while (fcntl(fd, F_SETLKW, &lock) < 0) {
    if (errno != EINTR) return -errno;
    if (NowMs() >= deadline) return 0;
  }
  return 1;
}

int Try(int fd, struct flock lock) {
  if (fcntl(fd, F_SETLK, &lock) == 0) return 1;
  return errno == EAGAIN || errno == EACCES ? 0 : -errno;
}

// lockRecord(fd, isShared, ms): the whole file; ms 0 = try, -1 = wait without limit. 1 taken, 0 not, -errno
Napi::Value LockRecord(const Napi::CallbackInfo& info) {
  struct flock lock = {};
  lock.l_type = info[1].As<Napi::Boolean>().Value() ? F_RDLCK : F_WRLCK;
  lock.l_whence = SEEK_SET;
  const int fd = Int(info, 0);
  const long ms = static_cast<long>(info[2].As<Napi::Number>().Int64Value());
  return Answer(info, ms < 0 ? Wait(fd, lock) : ms == 0 ? Try(fd, lock) : WaitFor(fd, lock, ms));
}

}  // namespace

void RegisterRecordLock(Napi::Object exports) { Export<LockRecord>(exports, "lockRecord"); }

}  // namespace s6
