// Stream sockets of the Unix domain: made, listening, accepted from.
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "addon.h"

namespace s6 {

namespace {

// socketStream(nonblocking): close-on-exec
Napi::Value SocketStream(const Napi::CallbackInfo& info) {
  return Result(info, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (Int(info, 0) != 0 ? SOCK_NONBLOCK : 0), 0));
}

Napi::Value Listen(const Napi::CallbackInfo& info) { return Result(info, listen(Int(info, 0), Int(info, 1))); }

Napi::Value Shutdown(const Napi::CallbackInfo& info) { return Result(info, shutdown(Int(info, 0), Int(info, 1))); }

// limitSending(fd, ms): neither connect nor a blocking send waits longer
Napi::Value LimitSending(const Napi::CallbackInfo& info) {
  const int ms = Int(info, 1);
  const timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
  return Result(info, setsockopt(Int(info, 0), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
}

// acceptClient(fd, nonblocking, out, name): the connection, close-on-exec; out = [pid, uid, gid, bytes of the name that the
// client has bound]. -1 in all of them when the kernel does not tell.
Napi::Value AcceptClient(const Napi::CallbackInfo& info) {
  double* out = info[2].As<Napi::Float64Array>().Data();
  auto name = info[3].As<Napi::Uint8Array>();
  sockaddr_un address = {};
  socklen_t length = sizeof address;
  const int fd = accept4(Int(info, 0), reinterpret_cast<sockaddr*>(&address), &length, SOCK_CLOEXEC | (Int(info, 1) != 0 ? SOCK_NONBLOCK : 0));
  if (fd < 0) return Answer(info, -errno);
  ucred credentials = {};
  socklen_t size = sizeof credentials;
  const bool is_known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
  out[0] = is_known ? credentials.pid : -1;
  out[1] = is_known ? credentials.uid : -1;
  out[2] = is_known ? credentials.gid : -1;
  const size_t bytes = length > offsetof(sockaddr_un, sun_path) ? length - offsetof(sockaddr_un, sun_path) : 0;
  const size_t used = bytes == 0 || address.sun_path[0] == 0 ? 0 : strnlen(address.sun_path, bytes);  // abstract names are no paths
  memcpy(name.Data(), address.sun_path, used < name.ByteLength() ? used : name.ByteLength());
  out[3] = static_cast<double>(used);
  return Answer(info, fd);
}

}  // namespace

void RegisterStreamSocket(Napi::Object exports) {
  Export<SocketStream>(exports, "socketStream");
  Export<Listen>(exports, "listen");
  Export<Shutdown>(exports, "shutdown");
  Export<LimitSending>(exports, "limitSending");
  Export<AcceptClient>(exports, "acceptClient");
}

}  // namespace s6
