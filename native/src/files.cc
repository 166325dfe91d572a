// Files by directory descriptor and name: the working directory is shared by all threads, and a servicedir may be
// renamed while it is supervised.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <vector>

#include "addon.h"

namespace s6 {

namespace {

struct At {
  int dir_fd;
  CString path;
  At(const Napi::CallbackInfo& info, size_t index) : dir_fd(Int(info, index)), path(info[index + 1]) {}
  bool ok() const { return path.ok(); }
  const char* get() const { return path.get(); }
};

Napi::Value Open(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  return Result(info, openat(at.dir_fd, at.get(), Int(info, 2) | O_CLOEXEC, static_cast<mode_t>(Int(info, 3))));
}

Napi::Value Close(const Napi::CallbackInfo& info) { return Result(info, close(Int(info, 0))); }

Napi::Value Read(const Napi::CallbackInfo& info) {
  auto into = info[1].As<Napi::Uint8Array>();
  return Result(info, read(Int(info, 0), into.Data(), into.ByteLength()));
}

Napi::Value Write(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  return Result(info, write(Int(info, 0), bytes.Data(), bytes.ByteLength()));
}

// Up to `limit` bytes of an open file; false with errno.
bool ReadAll(int fd, size_t limit, std::vector<char>& bytes) {
  constexpr size_t kChunk = 4096;
  while (bytes.size() < limit) {
    const size_t have = bytes.size();
    bytes.resize(std::min(limit, have + std::max(kChunk, have)));
    const ssize_t count = read(fd, bytes.data() + have, bytes.size() - have);
    bytes.resize(have + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
  return true;
}

// readFile(dirFd, path, maxBytes): Uint8Array or -errno
Napi::Value ReadFile(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  const int fd = openat(at.dir_fd, at.get(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return Answer(info, -errno);
  std::vector<char> bytes;
  const bool done = ReadAll(fd, static_cast<size_t>(info[2].As<Napi::Number>().Int64Value()), bytes);
  const int error = errno;
  close(fd);
  if (!done) return Answer(info, -error);
  auto array = Napi::Uint8Array::New(info.Env(), bytes.size());
  if (!bytes.empty()) memcpy(array.Data(), bytes.data(), bytes.size());
  return array;
}

bool WriteAll(int fd, const uint8_t* bytes, size_t size) {
  while (size > 0) {
    const ssize_t count = write(fd, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

// replaceFile(dirFd, path, bytes): 0 or -errno
Napi::Value ReplaceFile(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  const auto bytes = info[2].As<Napi::Uint8Array>();
  const std::string fresh = at.path.text() + ".new";
  constexpr int kFlags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(at.dir_fd, fresh.c_str(), kFlags | O_TRUNC, 0666);
  // A link that somebody has put there leads to a file that is none of our business.
  if (fd < 0 && errno == ELOOP && unlinkat(at.dir_fd, fresh.c_str(), 0) == 0) fd = openat(at.dir_fd, fresh.c_str(), kFlags | O_EXCL, 0666);
  if (fd < 0) return Answer(info, -errno);
  int error = WriteAll(fd, bytes.Data(), bytes.ByteLength()) ? 0 : errno;
  if (close(fd) < 0 && error == 0) error = errno;
  if (error == 0 && renameat(at.dir_fd, fresh.c_str(), at.dir_fd, at.get()) < 0) error = errno;
  if (error != 0) unlinkat(at.dir_fd, fresh.c_str(), 0);
  return Answer(info, -error);
}

Napi::Value Mkdir(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  return at.ok() ? Result(info, mkdirat(at.dir_fd, at.get(), static_cast<mode_t>(Int(info, 2)))) : Answer(info, -EINVAL);
}

Napi::Value Mkfifo(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  return at.ok() ? Result(info, mkfifoat(at.dir_fd, at.get(), static_cast<mode_t>(Int(info, 2))))
                 : Answer(info, -EINVAL);
}

// mknod(dirFd, path, mode, rdev): mode has the type, too
Napi::Value Mknod(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  const auto device = static_cast<dev_t>(info[3].As<Napi::Number>().Int64Value());
  return Result(info, mknodat(at.dir_fd, at.get(), static_cast<mode_t>(Int(info, 2)), device));
}

Napi::Value Unlink(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  return at.ok() ? Result(info, unlinkat(at.dir_fd, at.get(), Int(info, 2))) : Answer(info, -EINVAL);
}

Napi::Value Rename(const Napi::CallbackInfo& info) {
  const At from(info, 0);
  const CString to(info[2]);
  if (!from.ok() || !to.ok()) return Answer(info, -EINVAL);
  return Result(info, renameat(from.dir_fd, from.get(), from.dir_fd, to.get()));
}

Napi::Value Symlink(const Napi::CallbackInfo& info) {
  const CString target(info[0]);
  const At at(info, 1);
  if (!target.ok() || !at.ok()) return Answer(info, -EINVAL);
  return Result(info, symlinkat(target.get(), at.dir_fd, at.get()));
}

Napi::Value Readlink(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  char target[PATH_MAX];
  const ssize_t size = readlinkat(at.dir_fd, at.get(), target, sizeof target);
  if (size < 0) return Answer(info, -errno);
  return Napi::String::New(info.Env(), target, static_cast<size_t>(size));
}

Napi::Value Chmod(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  const auto mode = static_cast<mode_t>(Int(info, 2));
  return at.ok() ? Result(info, fchmodat(at.dir_fd, at.get(), mode, 0)) : Answer(info, -EINVAL);
}

// chown(dirFd, path, uid, gid, flags): 0 or -errno. -1 leaves an id as it is.
Napi::Value Chown(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  const auto uid = static_cast<uid_t>(info[2].As<Napi::Number>().Int64Value());
  const auto gid = static_cast<gid_t>(info[3].As<Napi::Number>().Int64Value());
  return Result(info, fchownat(at.dir_fd, at.get(), uid, gid, Int(info, 4)));
}

// access(dirFd, path, mode, flags): modes as in faccessat: R_OK 4, W_OK 2, X_OK 1, F_OK 0
Napi::Value Access(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  return at.ok() ? Result(info, faccessat(at.dir_fd, at.get(), Int(info, 2), Int(info, 3))) : Answer(info, -EINVAL);
}

Napi::Value IsTerminal(const Napi::CallbackInfo& info) { return Result(info, isatty(Int(info, 0))); }

Napi::Value Stat(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  struct stat found;
  const int result = fstatat(at.dir_fd, at.get(), &found, Int(info, 2));
  if (result == 0) {
    double* out = info[3].As<Napi::Float64Array>().Data();
    out[0] = found.st_mode;
    out[1] = static_cast<double>(found.st_dev);
    out[2] = static_cast<double>(found.st_ino);
    out[3] = found.st_uid;
    out[4] = found.st_gid;
    out[5] = static_cast<double>(found.st_size);
    out[6] = static_cast<double>(found.st_mtim.tv_sec);
    out[7] = static_cast<double>(found.st_rdev);
  }
  return Result(info, result);
}

// readdir(dirFd, path): string[] or -errno
Napi::Value Readdir(const Napi::CallbackInfo& info) {
  const At at(info, 0);
  if (!at.ok()) return Answer(info, -EINVAL);
  const int fd = openat(at.dir_fd, at.get(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Answer(info, -errno);
  DIR* dir = fdopendir(fd);
  if (dir == nullptr) {
    const int error = errno;
    close(fd);
    return Answer(info, -error);
  }
  auto names = Napi::Array::New(info.Env());
  uint32_t count = 0;
  errno = 0;
  while (const struct dirent* entry = readdir(dir)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      Napi::HandleScope scope(info.Env());
      names.Set(count++, Napi::String::New(info.Env(), entry->d_name));
    }
    errno = 0;
  }
  const int error = errno;
  closedir(dir);
  if (error != 0) return Answer(info, -error);
  return names;
}

Napi::Value Fsync(const Napi::CallbackInfo& info) { return Result(info, fsync(Int(info, 0))); }

Napi::Value Ftruncate(const Napi::CallbackInfo& info) {
  return Result(info, ftruncate(Int(info, 0), info[1].As<Napi::Number>().Int64Value()));
}

Napi::Value Getfd(const Napi::CallbackInfo& info) { return Result(info, fcntl(Int(info, 0), F_GETFD)); }

Napi::Value SetCloexec(const Napi::CallbackInfo& info) {
  return Result(info, fcntl(Int(info, 0), F_SETFD, info[1].As<Napi::Boolean>().Value() ? FD_CLOEXEC : 0));
}

// setNonblock(fd, on): 1 when it was before, else 0; -errno
Napi::Value SetNonblock(const Napi::CallbackInfo& info) {
  const int fd = Int(info, 0);
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return Answer(info, -errno);
  const bool on = info[1].As<Napi::Boolean>().Value();
  if (fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0) return Answer(info, -errno);
  return Answer(info, (flags & O_NONBLOCK) != 0 ? 1 : 0);
}

Napi::Value Dup(const Napi::CallbackInfo& info) {
  return Result(info, fcntl(Int(info, 0), F_DUPFD_CLOEXEC, Int(info, 1)));
}

Napi::Value Dup2(const Napi::CallbackInfo& info) { return Result(info, dup2(Int(info, 0), Int(info, 1))); }

Napi::Value Pipe(const Napi::CallbackInfo& info) {
  return Result(info, pipe2(info[1].As<Napi::Int32Array>().Data(), Int(info, 0) | O_CLOEXEC));
}

}  // namespace

void RegisterFiles(Napi::Object exports) {
  Export<Open>(exports, "open");
  Export<Close>(exports, "close");
  Export<Read>(exports, "read");
  Export<Write>(exports, "write");
  Export<ReadFile>(exports, "readFile");
  Export<ReplaceFile>(exports, "replaceFile");
  Export<Mkdir>(exports, "mkdir");
  Export<Mkfifo>(exports, "mkfifo");
  Export<Mknod>(exports, "mknod");
  Export<Unlink>(exports, "unlink");
  Export<Rename>(exports, "rename");
  Export<Symlink>(exports, "symlink");
  Export<Readlink>(exports, "readlink");
  Export<Chmod>(exports, "chmod");
  Export<Chown>(exports, "chown");
  Export<Access>(exports, "access");
  Export<IsTerminal>(exports, "isatty");
  Export<Stat>(exports, "stat");
  Export<Readdir>(exports, "readdir");
  Export<Fsync>(exports, "fsync");
  Export<Ftruncate>(exports, "ftruncate");
  Export<Getfd>(exports, "getfd");
  Export<SetCloexec>(exports, "setCloexec");
  Export<SetNonblock>(exports, "setNonblock");
  Export<Dup>(exports, "dup");
  Export<Dup2>(exports, "dup2");
  Export<Pipe>(exports, "pipe");
}

}  // namespace s6
