// A file as memory that survives the process: whatever was stored in it is there for the next one, however this one ends.
#include <fcntl.h>
#include <sys/mman.h>

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

}  // namespace

void RegisterMemory(Napi::Object exports) { Export<MapFile>(exports, "mapFile"); }

}  // namespace s6
