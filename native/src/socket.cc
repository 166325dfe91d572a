// Datagram sockets: made, bound, received from, sent from.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
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

// autobindUnix(fd): the kernel chooses an abstract name.
Napi::Value AutobindUnix(const Napi::CallbackInfo& info) {
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  return Result(info, bind(Int(info, 0), reinterpret_cast<struct sockaddr*>(&address), sizeof address.sun_family));
}

// nameUnix(fd, out): how many bytes the name has; the first of an abstract one is NUL.
Napi::Value NameUnix(const Napi::CallbackInfo& info) {
  auto out = info[1].As<Napi::Uint8Array>();
  struct sockaddr_un address = {};
  socklen_t size = sizeof address;
  if (getsockname(Int(info, 0), reinterpret_cast<struct sockaddr*>(&address), &size) < 0) return Answer(info, -errno);
  const size_t length = size - offsetof(struct sockaddr_un, sun_path);
  memcpy(out.Data(), address.sun_path, std::min(length, out.ByteLength()));
  return Answer(info, static_cast<double>(length));
}

// connectUnix(fd, name): a path, or an abstract name, which begins with NUL.
Napi::Value ConnectUnix(const Napi::CallbackInfo& info) {
  const auto name = info[1].As<Napi::Uint8Array>();
  struct sockaddr_un address = {};
  if (name.ByteLength() == 0) return Answer(info, -ENOENT);
  if (name.ByteLength() >= sizeof address.sun_path) return Answer(info, -ENAMETOOLONG);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, name.Data(), name.ByteLength());
  const auto size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + name.ByteLength());
  return Result(info, connect(Int(info, 0), reinterpret_cast<struct sockaddr*>(&address), size));
}

// sendDatagram(fd, bytes, descriptor): -1 sends no descriptor along.
Napi::Value SendDatagram(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  const int descriptor = Int(info, 2);
  struct iovec part = {bytes.Data(), bytes.ByteLength()};
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptor)] = {};
  struct msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return Result(info, sendmsg(Int(info, 0), &message, MSG_NOSIGNAL));
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
  Export<AutobindUnix>(exports, "autobindUnix");
  Export<NameUnix>(exports, "nameUnix");
  Export<ConnectUnix>(exports, "connectUnix");
  Export<SendDatagram>(exports, "sendDatagram");
  Export<BindIp>(exports, "bindIp");
  Export<Receive>(exports, "receive");
}

}  // namespace s6
