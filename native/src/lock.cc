// Locks of the open file description (F_OFD_SETLK). A classic lock belongs to the process and vanishes as soon as any
// thread opens and closes the same file; the C tools, which use classic ones, see ours and we see theirs.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "addon.h"

namespace s6 {

namespace {

// l_pid must be 0; start and length 0 mean the whole file.
struct flock WholeFile(short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

// testLock(fd): 1 held, 0 free, -errno
Napi::Value TestLock(const Napi::CallbackInfo& info) {
  struct flock lock = WholeFile(F_RDLCK);
  if (fcntl(Int(info, 0), F_OFD_GETLK, &lock) < 0) return Answer(info, -errno);
  return Answer(info, lock.l_type == F_UNLCK ? 0 : 1);
}

constexpr size_t kStackBytes = 262144;

// kind: 0 shared, 1 exclusive, 2 none
struct flock Range(const Napi::CallbackInfo& info) {
  constexpr short kTypes[] = {F_RDLCK, F_WRLCK, F_UNLCK};
  struct flock lock = WholeFile(kTypes[Int(info, 1)]);
  lock.l_start = static_cast<off_t>(info[2].As<Napi::Number>().Int64Value());
  lock.l_len = static_cast<off_t>(info[3].As<Napi::Number>().Int64Value());
  return lock;
}

// lockRange(fd, kind, start, length): start and length 0 mean the whole file. 1 done, 0 somebody else's, -errno
Napi::Value LockRange(const Napi::CallbackInfo& info) {
  struct flock lock = Range(info);
  if (fcntl(Int(info, 0), F_OFD_SETLK, &lock) == 0) return Answer(info, 1);
  return Answer(info, errno == EAGAIN || errno == EACCES ? 0 : -errno);
}

// Waits on a thread of its own: libuv's are few, and who is waited for may need one of them. That thread has its own descriptor,
// and may outlive the environment, and with it `done`.
struct LockWait {
  LockWait(int number, const struct flock& range) : fd(number), lock(range) {}
  int fd;
  struct flock lock;
  int result = 1;
  napi_threadsafe_function done = nullptr;
  std::mutex guard;
  bool is_env_gone = false;
};

void* AwaitLock(void* data) {
  auto* wait = static_cast<LockWait*>(data);
  while (fcntl(wait->fd, F_OFD_SETLKW, &wait->lock) < 0) {
    if (errno == EINTR) continue;
    wait->result = -errno;
    break;
  }
  close(wait->fd);
  {
    std::lock_guard<std::mutex> lock(wait->guard);
    if (!wait->is_env_gone) {
      napi_call_threadsafe_function(wait->done, wait, napi_tsfn_nonblocking);  // TellLock takes it from here
      return nullptr;
    }
  }
  delete wait;
  return nullptr;
}

// Called before the environment lets go of `done`.
void ForgetLock(void* data) {
  auto* wait = static_cast<LockWait*>(data);
  std::lock_guard<std::mutex> lock(wait->guard);
  wait->is_env_gone = true;
}

// Without an environment (it is closing) nobody is to be told.
void TellLock(napi_env env, napi_value callback, void*, void* data) {
  auto* wait = static_cast<LockWait*>(data);
  { std::lock_guard<std::mutex> lock(wait->guard); }  // the other thread may not have let go of it yet
  const int answer = wait->result;
  if (env != nullptr) {
    napi_remove_env_cleanup_hook(env, ForgetLock, wait);
    napi_release_threadsafe_function(wait->done, napi_tsfn_release);
  }
  delete wait;
  napi_value receiver, argument, result;
  if (env == nullptr || napi_get_global(env, &receiver) != napi_ok) return;
  napi_create_int32(env, answer, &argument);
  napi_call_function(env, receiver, callback, 1, &argument, &result);
}

// 0 or errno.
int StartThread(LockWait* wait) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  sigset_t all, before;  // no signal is its business
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(&thread, &attributes, AwaitLock, wait);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failed;
}

// lockRangeLater(fd, kind, start, length, done): 0, and then done(1) when it is taken or done(-errno); -errno
Napi::Value LockRangeLater(const Napi::CallbackInfo& info) {
  const int fd = fcntl(Int(info, 0), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return Answer(info, -errno);
  auto* wait = new LockWait(fd, Range(info));
  const napi_env env = info.Env();
  int failed = EINVAL;
  napi_value name;
  napi_create_string_utf8(env, "s6.lock", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, info[4], nullptr, name, 0, 1, nullptr, nullptr, nullptr, TellLock, &wait->done) == napi_ok) {
    napi_add_env_cleanup_hook(env, ForgetLock, wait);  // after that of `done`, so it is called before
    failed = StartThread(wait);
    if (failed == 0) return Answer(info, 0);
    napi_remove_env_cleanup_hook(env, ForgetLock, wait);
    napi_release_threadsafe_function(wait->done, napi_tsfn_abort);
  }
  close(fd);
  delete wait;
  return Answer(info, -failed);
}

// A lock lives as long as its open file description, and a mapping keeps that as well as a descriptor does: a page
// that nobody ever touches, instead of one descriptor per service of a number that is limited.
struct Held {
  void* page;  // nullptr: a free place, or a file system without mappings
  int fd;      // where there is no mapping
};
constexpr size_t kPage = 4096;
std::mutex guard;
std::vector<Held> held;

// holdLock(fd): place of what was the descriptor's lock, -errno. The descriptor is ours from now on.
Napi::Value HoldLock(const Napi::CallbackInfo& info) {
  const int fd = Int(info, 0);
  void* page = mmap(nullptr, kPage, PROT_NONE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) page = nullptr;
  else close(fd);
  const Held taken = {page, page == nullptr ? fd : -1};
  std::lock_guard<std::mutex> lock(guard);
  const auto free = std::find_if(held.begin(), held.end(), [](const Held& place) { return place.page == nullptr && place.fd < 0; });
  if (free != held.end()) {
    *free = taken;
    return Answer(info, static_cast<double>(free - held.begin()));
  }
  held.push_back(taken);
  return Answer(info, static_cast<double>(held.size() - 1));
}

// dropLock(place): 0, -EBADF
Napi::Value DropLock(const Napi::CallbackInfo& info) {
  const auto index = static_cast<size_t>(Int(info, 0));
  std::lock_guard<std::mutex> lock(guard);
  if (index >= held.size() || (held[index].page == nullptr && held[index].fd < 0)) return Answer(info, -EBADF);
  const Held was = held[index];
  held[index] = {nullptr, -1};
  return Result(info, was.page == nullptr ? close(was.fd) : munmap(was.page, kPage));
}

}  // namespace

void RegisterLock(Napi::Object exports) {
  Export<TestLock>(exports, "testLock");
  Export<LockRange>(exports, "lockRange");
  Export<LockRangeLater>(exports, "lockRangeLater");
  Export<HoldLock>(exports, "holdLock");
  Export<DropLock>(exports, "dropLock");
}

}  // namespace s6
