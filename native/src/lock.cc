// Locks of the open file description (F_OFD_SETLK). A classic lock belongs to the process and vanishes as soon as any
// thread opens and closes the same file; the C tools, which use classic ones, see ours and we see theirs.
#include <fcntl.h>

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

}  // namespace

void RegisterLock(Napi::Object exports) {
  Export<TryLock>(exports, "tryLock");
  Export<TestLock>(exports, "testLock");
}

}  // namespace s6
