// Speaking into a fifodir (s6 documentation, fifodir): one FIFO per subscriber, opened and written without ever
// blocking. Relies on SIGPIPE being ignored, which Node sees to.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string_view>

#include "addon.h"

namespace s6 {

namespace {

constexpr size_t kNameLength = 39;

enum class Verdict { kKeep, kStale };

bool HasOneName(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 && found.st_nlink == 1;
}

// Opens every FIFO whose name has the right length and prefix, and removes those that have no reader or that `visit`
// calls stale. Count of removed, or -errno when the directory cannot be read.
int ForEach(int dir_fd, const char* path, std::string_view prefix, const std::function<Verdict(int fd)>& visit) {
  const int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  DIR* dir = fdopendir(fd);
  if (dir == nullptr) {
    const int error = errno;
    close(fd);
    return -error;
  }
  int removed = 0;
  errno = 0;
  while (const struct dirent* entry = readdir(dir)) {
    const std::string_view name(entry->d_name);
    if (name.size() == kNameLength && name.substr(0, prefix.size()) == prefix) {
      // In a public fifodir anybody may make a link to a file of ours: it is not followed, and a second name is left alone.
      const int fifo = openat(fd, entry->d_name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
      // ENXIO: nobody reads. Other failures are none of our business.
      const Verdict verdict = fifo >= 0 ? (HasOneName(fifo) ? visit(fifo) : Verdict::kKeep) : errno == ENXIO ? Verdict::kStale : Verdict::kKeep;
      if (fifo >= 0) close(fifo);
      if (verdict == Verdict::kStale && unlinkat(fd, entry->d_name, 0) == 0) removed++;
    }
    errno = 0;
  }
  const int error = errno;
  closedir(dir);
  return error == 0 ? removed : -error;
}

// notify(dirFd, path, letters): count of notified or -errno
Napi::Value Notify(const Napi::CallbackInfo& info) {
  const CString path(info[1]);
  if (!path.ok()) return Answer(info, -EINVAL);
  const std::string letters = info[2].As<Napi::String>().Utf8Value();
  int notified = 0;
  const int result = ForEach(Int(info, 0), path.get(), "ftrig1:@", [&](int fifo) {
    const ssize_t written = write(fifo, letters.data(), letters.size());
    if (written == static_cast<ssize_t>(letters.size())) {
      notified++;
      return Verdict::kKeep;
    }
    // Full: this subscriber loses the letters and stays.
    return written < 0 && errno == EAGAIN ? Verdict::kKeep : Verdict::kStale;
  });
  return Answer(info, result < 0 ? result : notified);
}

// cleanFifodir(dirFd, path): count of removed or -errno
Napi::Value CleanFifodir(const Napi::CallbackInfo& info) {
  const CString path(info[1]);
  if (!path.ok()) return Answer(info, -EINVAL);
  return Answer(info, ForEach(Int(info, 0), path.get(), "ftrig1", [](int) { return Verdict::kKeep; }));
}

}  // namespace

void RegisterFifodir(Napi::Object exports) {
  Export<Notify>(exports, "notify");
  Export<CleanFifodir>(exports, "cleanFifodir");
}

}  // namespace s6
