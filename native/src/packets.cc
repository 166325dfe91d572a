// Unix sockets of packets whose names are abstract, and the descriptors that travel in them.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "addon.h"

namespace s6 {

namespace {

constexpr size_t kMostDescriptors = 253;  // SCM_MAX_FD of Linux

// bindDatagram(name): a socket under that abstract name, or -errno. Nobody reads it: that the name exists says it all.
Napi::Value BindDatagram(const Napi::CallbackInfo& info) {
  const CString name(info[0]);
  sockaddr_un address = {};
  const size_t size = name.text().size();
  if (size == 0 || size >= sizeof address.sun_path) return Answer(info, -ENAMETOOLONG);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path + 1, name.text().data(), size);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Answer(info, -errno);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0) return Answer(info, fd);
  const int error = errno;
  close(fd);
  return Answer(info, -error);
}

// accept(fd): close-on-exec, non-blocking
Napi::Value Accept(const Napi::CallbackInfo& info) {
  return Result(info, accept4(Int(info, 0), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

// peer(fd, out): out = [pid, uid, gid] of whoever connected
Napi::Value Peer(const Napi::CallbackInfo& info) {
  ucred credentials = {};
  socklen_t size = sizeof credentials;
  if (getsockopt(Int(info, 0), SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return Answer(info, -errno);
  double* out = info[1].As<Napi::Float64Array>().Data();
  out[0] = credentials.pid;
  out[1] = credentials.uid;
  out[2] = credentials.gid;
  return Answer(info, 0);
}

// receivePacket(fd, into, fds): bytes of one packet, or of a stream; fds = [count, fd...], all close-on-exec. A packet or a list
// of descriptors that was cut, or control data of another kind, is -EMSGSIZE, and none of them stays open.
Napi::Value Receive(const Napi::CallbackInfo& info) {
  auto into = info[1].As<Napi::Uint8Array>();
  auto fds = info[2].As<Napi::Int32Array>();
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))];
  iovec vector = {into.Data(), into.ByteLength()};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(Int(info, 0), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  int32_t* out = fds.Data();
  out[0] = 0;
  if (count < 0) return Answer(info, -errno);
  bool is_cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
      is_cut = true;  // nobody of ours sends such
      continue;
    }
    const size_t number = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < number; index++) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + index * sizeof fd, sizeof fd);
      if (static_cast<size_t>(out[0]) + 1 < fds.ElementLength()) {
        out[++out[0]] = fd;
      } else {
        close(fd);
        is_cut = true;
      }
    }
  }
  if (!is_cut) return Answer(info, static_cast<double>(count));
  while (out[0] > 0) close(out[out[0]--]);
  return Answer(info, -EMSGSIZE);
}

// sendPacket(fd, bytes, fds): one packet, never half of it; of a stream, as much as there is room for
Napi::Value Send(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  auto fds = info[2].As<Napi::Int32Array>();
  if (fds.ElementLength() > kMostDescriptors) return Answer(info, -E2BIG);
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  iovec vector = {bytes.Data(), bytes.ByteLength()};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (fds.ElementLength() > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.ElementLength() * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.ElementLength() * sizeof(int));
    memcpy(CMSG_DATA(part), fds.Data(), fds.ElementLength() * sizeof(int));
  }
  return Result(info, sendmsg(Int(info, 0), &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

// splice(from, to, bytes): between pipes, not blocking, in one step that a kill can't cut
Napi::Value Splice(const Napi::CallbackInfo& info) {
  return Result(info, splice(Int(info, 0), nullptr, Int(info, 1), nullptr, static_cast<size_t>(Int(info, 2)),
                             SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

}  // namespace

void RegisterPackets(Napi::Object exports) {
  Export<BindDatagram>(exports, "bindDatagram");
  Export<Accept>(exports, "accept");
  Export<Peer>(exports, "peer");
  Export<Receive>(exports, "receivePacket");
  Export<Send>(exports, "sendPacket");
  Export<Splice>(exports, "splice");
}

}  // namespace s6
