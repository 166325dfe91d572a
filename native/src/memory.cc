// A file as memory that survives the process: whatever was stored in it is there for the next one, however this one ends.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "addon.h"

namespace s6 {

namespace {

// mapFile(fd, size): ArrayBuffer over the file, which gets that size if it is shorter, or -errno. Room on the disk is
// taken at once: a store without room would be SIGBUS.
Napi::Value MapFile(const Napi::CallbackInfo& info) {
  const int fd = Int(info, 0);
  const auto size = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  const int error = posix_fallocate(fd, 0, static_cast<off_t>(size));
  if (error != 0) return Answer(info, -error);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return Answer(info, -errno);
  return Napi::ArrayBuffer::New(info.Env(), memory, size, [size](Napi::Env, void* data) { munmap(data, size); });
}

// memoryFile(name, size): a file in memory, without a page yet; -errno
Napi::Value MemoryFile(const Napi::CallbackInfo& info) {
  const CString name(info[0]);
  const int fd = memfd_create(name.get(), MFD_CLOEXEC);
  if (fd < 0) return Answer(info, -errno);
  if (ftruncate(fd, static_cast<off_t>(info[1].As<Napi::Number>().Int64Value())) == 0) return Answer(info, fd);
  const int error = errno;
  close(fd);
  return Answer(info, -error);
}

// mapPart(fd, offset, size): ArrayBuffer over a part of a file that is long enough, or -errno
Napi::Value MapPart(const Napi::CallbackInfo& info) {
  const auto offset = static_cast<off_t>(info[1].As<Napi::Number>().Int64Value());
  const auto size = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, Int(info, 0), offset);
  if (memory == MAP_FAILED) return Answer(info, -errno);
  return Napi::ArrayBuffer::New(info.Env(), memory, size, [size](Napi::Env, void* data) { munmap(data, size); });
}

// giveBack(fd, offset, size): the pages of that part; it reads as zeros then
Napi::Value GiveBack(const Napi::CallbackInfo& info) {
  return Result(info, fallocate(Int(info, 0), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                static_cast<off_t>(info[1].As<Napi::Number>().Int64Value()),
                                static_cast<off_t>(info[2].As<Napi::Number>().Int64Value())));
}

}  // namespace

void RegisterMemory(Napi::Object exports) {
  Export<MapFile>(exports, "mapFile");
  Export<MemoryFile>(exports, "memoryFile");
  Export<MapPart>(exports, "mapPart");
  Export<GiveBack>(exports, "giveBack");
}

}  // namespace s6
