// Locks of the open file description (F_OFD_SETLK). A classic lock belongs to the process and vanishes as soon as any
// thread opens and closes the same file; the C tools, which use classic ones, see ours and we see theirs.
#include <fcntl.h>
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

// tryLock(fd): 1 taken, 0 somebody else's, -errno
Napi::Value TryLock(const Napi::CallbackInfo& info) {
  struct flock lock = WholeFile(F_WRLCK);
  if (fcntl(Int(info, 0), F_OFD_SETLK, &lock) == 0) return Answer(info, 1);
  return Answer(info, errno == EAGAIN || errno == EACCES ? 0 : -errno);
}

// testLock(fd): 1 held, 0 free, -errno
Napi::Value TestLock(const Napi::CallbackInfo& info) {
  struct flock lock = WholeFile(F_RDLCK);
  if (fcntl(Int(info, 0), F_OFD_GETLK, &lock) < 0) return Answer(info, -errno);
  return Answer(info, lock.l_type == F_UNLCK ? 0 : 1);
}

// kind: 0 shared, 1 exclusive, 2 none
struct flock Range(const Napi::CallbackInfo& info) {
  constexpr short kTypes[] = {F_RDLCK, F_WRLCK, F_UNLCK};
  struct flock lock = WholeFile(kTypes[Int(info, 1)]);
  lock.l_start = static_cast<off_t>(info[2].As<Napi::Number>().Int64Value());
  lock.l_len = static_cast<off_t>(info[3].As<Napi::Number>().Int64Value());
  return lock;
}

// lockRange(fd, kind, start, length): 1 done, 0 somebody else's, -errno
Napi::Value LockRange(const Napi::CallbackInfo& info) {
  struct flock lock = Range(info);
  if (fcntl(Int(info, 0), F_OFD_SETLK, &lock) == 0) return Answer(info, 1);
  return Answer(info, errno == EAGAIN || errno == EACCES ? 0 : -errno);
}

// Waits on a thread of libuv's.
class LockWaiter : public Napi::AsyncWorker {
 public:
  LockWaiter(const Napi::CallbackInfo& info)
      : AsyncWorker(info[4].As<Napi::Function>(), "s6.lock"), fd_(Int(info, 0)), lock_(Range(info)) {}

 protected:
  void Execute() override {
    while (fcntl(fd_, F_OFD_SETLKW, &lock_) < 0) {
      if (errno == EINTR) continue;
      result_ = -errno;
      return;
    }
  }
  std::vector<napi_value> GetResult(Napi::Env env) override { return {Napi::Number::New(env, result_)}; }

 private:
  int fd_;
  struct flock lock_;
  int result_ = 1;
};

// lockRangeLater(fd, kind, start, length, done): done(1) when it is taken, done(-errno)
Napi::Value LockRangeLater(const Napi::CallbackInfo& info) {
  (new LockWaiter(info))->Queue();  // deletes itself
  return info.Env().Undefined();
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
  Export<TryLock>(exports, "tryLock");
  Export<TestLock>(exports, "testLock");
  Export<LockRange>(exports, "lockRange");
  Export<LockRangeLater>(exports, "lockRangeLater");
  Export<HoldLock>(exports, "holdLock");
  Export<DropLock>(exports, "dropLock");
}

}  // namespace s6
