// Datagram sockets: made, bound, received from.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "addon.h"

namespace s6 {

namespace {

Napi::Value SocketDatagram(const Napi::CallbackInfo& info) {
  return Result(info, socket(Int(info, 0), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

Napi::Value SetSocketOption(const Napi::CallbackInfo& info) {
  const int value = Int(info, 3);
  return Result(info, setsockopt(Int(info, 0), Int(info, 1), Int(info, 2), &value, sizeof value));
}

// bindUnix(fd, path): an empty path would be an abstract name, which no client looks for.
Napi::Value BindUnix(const Napi::CallbackInfo& info) {
  const CString path(info[1]);
  if (!path.ok()) return Answer(info, -EINVAL);
  if (path.text().empty()) return Answer(info, -ENOENT);
  struct sockaddr_un address = {};
  if (path.text().size() >= sizeof address.sun_path) return Answer(info, -ENAMETOOLONG);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.get(), path.text().size());
  return Result(info, bind(Int(info, 0), reinterpret_cast<struct sockaddr*>(&address), sizeof address));
}

// bindIp(fd, address, port): 4 bytes or 16 tell the family.
Napi::Value BindIp(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  const auto port = htons(static_cast<uint16_t>(Int(info, 2)));
  if (bytes.ByteLength() == sizeof(struct in_addr)) {
    struct sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = port;
    memcpy(&address.sin_addr, bytes.Data(), sizeof address.sin_addr);
    return Result(info, bind(Int(info, 0), reinterpret_cast<struct sockaddr*>(&address), sizeof address));
  }
  if (bytes.ByteLength() != sizeof(struct in6_addr)) return Answer(info, -EINVAL);
  struct sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = port;
  memcpy(&address.sin6_addr, bytes.Data(), sizeof address.sin6_addr);
  return Result(info, bind(Int(info, 0), reinterpret_cast<struct sockaddr*>(&address), sizeof address));
}

// Who sent it: the size of the address (0 for none that is IP), the port in two bytes, the address.
void WriteSender(const struct sockaddr_storage& from, uint8_t* out) {
  out[0] = 0;
  if (from.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const struct sockaddr_in&>(from);
    out[0] = sizeof address.sin_addr;
    memcpy(out + 1, &address.sin_port, 2);
    memcpy(out + 3, &address.sin_addr, sizeof address.sin_addr);
  } else if (from.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const struct sockaddr_in6&>(from);
    out[0] = sizeof address.sin6_addr;
    memcpy(out + 1, &address.sin6_port, 2);
    memcpy(out + 3, &address.sin6_addr, sizeof address.sin6_addr);
  }
}

// receive(fd, into, sender): the length of the whole datagram, also of what did not fit, or -errno.
Napi::Value Receive(const Napi::CallbackInfo& info) {
  auto into = info[1].As<Napi::Uint8Array>();
  struct sockaddr_storage from = {};
  socklen_t size = sizeof from;
  const ssize_t length = recvfrom(Int(info, 0), into.Data(), into.ByteLength(), MSG_TRUNC, reinterpret_cast<struct sockaddr*>(&from), &size);
  if (length < 0) return Answer(info, -errno);
  WriteSender(from, info[2].As<Napi::Uint8Array>().Data());
  return Answer(info, static_cast<double>(length));
}

}  // namespace

void RegisterSocket(Napi::Object exports) {
  Export<SocketDatagram>(exports, "socketDatagram");
  Export<SetSocketOption>(exports, "setSocketOption");
  Export<BindUnix>(exports, "bindUnix");
  Export<BindIp>(exports, "bindIp");
  Export<Receive>(exports, "receive");
}

}  // namespace s6
