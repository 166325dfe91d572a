// What somebody else may read. The thread that asks is root and stays it: asking as somebody else would mean to become him.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "addon.h"

namespace s6 {

namespace {

struct Person {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
  bool Has(gid_t group) const { return group == gid || std::find(groups.begin(), groups.end(), group) != groups.end(); }
};

// An access control list may say otherwise than the mode: that counts as no.
bool HasList(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) >= 0;
}

// wanted: 4 read, 1 search. By its mode; a link, which may lead anywhere, is refused.
bool May(int fd, const Person& person, mode_t wanted) {
  struct stat found;
  if (fstat(fd, &found) < 0 || S_ISLNK(found.st_mode)) return false;
  const int shift = found.st_uid == person.uid ? 6 : person.Has(found.st_gid) ? 3 : 0;
  return ((found.st_mode >> shift) & wanted) == wanted && !HasList(fd);
}

int OpenIn(int dir_fd, const char* name) { return openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

// The file under a path, each directory on the way to it searchable; or -1.
int Reach(int dir_fd, const std::string& path, const Person& person) {
  int at = path.rfind('/', 0) == 0 ? open("/", O_PATH | O_CLOEXEC) : OpenIn(dir_fd, ".");
  for (size_t start = 0; at >= 0 && start < path.size();) {
    const size_t slash = std::min(path.find('/', start), path.size());
    const std::string name = path.substr(start, slash - start);
    start = slash + 1;
    if (name.empty()) continue;
    const int next = May(at, person, 1) ? OpenIn(at, name.c_str()) : -1;
    close(at);
    at = next;
  }
  return at;
}

// mayRead(dirFd, path, names, [uid, gid, groups...]): 1 when the directory (without names: the file) and these files in it
// are surely readable
Napi::Value MayRead(const Napi::CallbackInfo& info) {
  const CString path(info[1]);
  const auto names = info[2].As<Napi::Array>();
  const auto ids = info[3].As<Napi::Uint32Array>();
  const Person person = {ids[0], ids[1], std::vector<gid_t>(ids.Data() + 2, ids.Data() + ids.ElementLength())};
  const int fd = Reach(Int(info, 0), path.text(), person);
  if (fd < 0) return Answer(info, 0);
  bool may = May(fd, person, names.Length() > 0 ? 5 : 4);
  for (uint32_t index = 0; may && index < names.Length(); index++) {
    Napi::HandleScope scope(info.Env());
    const CString name(names.Get(index));
    const int file = OpenIn(fd, name.get());
    may = file >= 0 && May(file, person, 4);
    if (file >= 0) close(file);
  }
  close(fd);
  return Answer(info, may ? 1 : 0);
}

}  // namespace

void RegisterRights(Napi::Object exports) { Export<MayRead>(exports, "mayRead"); }

}  // namespace s6
