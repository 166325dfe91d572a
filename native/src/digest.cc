// Digests of small files, many in one call: what a service is by its directory.
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "addon.h"

namespace s6 {

namespace {

constexpr uint64_t kFnvBasis = 0xcbf29ce484222325;
constexpr uint64_t kFnvPrime = 0x100000001b3;

// Scripts are small; of a program that is not, reading it all would cost more than starting it.
constexpr off_t kDigestBytes = 65536;

uint64_t Fnv(uint64_t digest, const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  for (size_t at = 0; at < size; at++) digest = (digest ^ bytes[at]) * kFnvPrime;
  return digest;
}

// Of the content, or of what stat tells of a large file; 0 for what is not there or not readable, never for what is.
uint64_t Digest(int dir_fd, const char* path) {
  const int fd = openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  struct stat found;
  uint64_t digest = kFnvBasis;
  bool done = fstat(fd, &found) == 0;
  if (done && found.st_size > kDigestBytes) {
    digest = Fnv(digest, &found.st_size, sizeof found.st_size);
    digest = Fnv(digest, &found.st_mtim, sizeof found.st_mtim);
  } else if (done) {
    uint8_t bytes[4096];
    ssize_t count;
    while ((count = read(fd, bytes, sizeof bytes)) > 0) digest = Fnv(digest, bytes, static_cast<size_t>(count));
    done = count == 0;
  }
  close(fd);
  return !done ? 0 : digest == 0 ? 1 : digest;
}

// A file that was changed a moment ago may be changed once more without a trace: clocks of file systems are coarse.
constexpr int64_t kSettledNs = 50'000'000;

int64_t Nanoseconds(const struct timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

// Of what stat tells, 1 for what is not there; 0 where it may be the same for two contents.
uint64_t Stamp(int dir_fd, const char* path) {
  struct stat found;
  if (fstatat(dir_fd, path, &found, 0) < 0) return errno == ENOENT ? 1 : 0;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t words[] = {static_cast<int64_t>(found.st_dev), static_cast<int64_t>(found.st_ino), found.st_size,
                           Nanoseconds(found.st_mtim), Nanoseconds(found.st_ctim), found.st_mode};
  if (Nanoseconds(now) - words[4] < kSettledNs) return 0;
  const uint64_t stamp = Fnv(kFnvBasis, words, sizeof words);
  return stamp < 2 ? 2 : stamp;
}

template <uint64_t (*Of)(int, const char*)>
Napi::Value Fill(const Napi::CallbackInfo& info) {
  const int dir_fd = Int(info, 0);
  const auto names = info[1].As<Napi::Array>();
  auto out = info[2].As<Napi::Uint32Array>();
  for (uint32_t index = 0; index < names.Length() && 2 * index + 1 < out.ElementLength(); index++) {
    Napi::HandleScope scope(info.Env());
    const CString name(names.Get(index));
    const uint64_t word = name.ok() ? Of(dir_fd, name.get()) : 0;
    out[2 * index] = static_cast<uint32_t>(word);
    out[2 * index + 1] = static_cast<uint32_t>(word >> 32);
  }
  return Answer(info, 0);
}

// digests(dirFd, names, out): fills two numbers for each name, low half first
Napi::Value Digests(const Napi::CallbackInfo& info) { return Fill<Digest>(info); }

// stamps(dirFd, names, out): the same of what stat tells
Napi::Value Stamps(const Napi::CallbackInfo& info) { return Fill<Stamp>(info); }

}  // namespace

void RegisterDigest(Napi::Object exports) {
  Export<Digests>(exports, "digests");
  Export<Stamps>(exports, "stamps");
}

}  // namespace s6
