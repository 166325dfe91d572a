// Accounts and groups through the C library, so that every source configured on the machine counts (NSS).
#include <grp.h>
#include <pwd.h>

#include <cstring>
#include <mutex>
#include <vector>

#include "addon.h"

namespace s6 {

namespace {

constexpr size_t kFirstBytes = 1024;
constexpr size_t kMostBytes = 16 * 1024 * 1024;

// Calls `look` with a buffer that grows until the entry fits; false when there is none.
template <typename Look>
bool Grow(std::vector<char>& buffer, const Look& look) {
  for (buffer.resize(kFirstBytes); look(buffer) == ERANGE;) {
    if (buffer.size() >= kMostBytes) return false;
    buffer.resize(buffer.size() * 2);
  }
  return true;
}

Napi::Value User(const Napi::CallbackInfo& info, const struct passwd* found) {
  if (found == nullptr) return info.Env().Null();
  auto entry = Napi::Object::New(info.Env());
  entry.Set("name", found->pw_name);
  entry.Set("uid", found->pw_uid);
  entry.Set("gid", found->pw_gid);
  entry.Set("home", found->pw_dir);
  entry.Set("shell", found->pw_shell);
  return entry;
}

Napi::Value Group(const Napi::CallbackInfo& info, const struct group* found) {
  if (found == nullptr) return info.Env().Null();
  auto entry = Napi::Object::New(info.Env());
  entry.Set("name", found->gr_name);
  entry.Set("gid", found->gr_gid);
  return entry;
}

Napi::Value UserByName(const Napi::CallbackInfo& info) {
  const CString name(info[0]);
  if (!name.ok()) return info.Env().Null();
  struct passwd entry;
  struct passwd* found = nullptr;
  std::vector<char> buffer;
  Grow(buffer, [&](auto& bytes) { return getpwnam_r(name.get(), &entry, bytes.data(), bytes.size(), &found); });
  return User(info, found);
}

Napi::Value UserById(const Napi::CallbackInfo& info) {
  const uid_t uid = info[0].As<Napi::Number>().Uint32Value();
  struct passwd entry;
  struct passwd* found = nullptr;
  std::vector<char> buffer;
  Grow(buffer, [&](auto& bytes) { return getpwuid_r(uid, &entry, bytes.data(), bytes.size(), &found); });
  return User(info, found);
}

Napi::Value GroupByName(const Napi::CallbackInfo& info) {
  const CString name(info[0]);
  if (!name.ok()) return info.Env().Null();
  struct group entry;
  struct group* found = nullptr;
  std::vector<char> buffer;
  Grow(buffer, [&](auto& bytes) { return getgrnam_r(name.get(), &entry, bytes.data(), bytes.size(), &found); });
  return Group(info, found);
}

Napi::Value GroupById(const Napi::CallbackInfo& info) {
  const gid_t gid = info[0].As<Napi::Number>().Uint32Value();
  struct group entry;
  struct group* found = nullptr;
  std::vector<char> buffer;
  Grow(buffer, [&](auto& bytes) { return getgrgid_r(gid, &entry, bytes.data(), bytes.size(), &found); });
  return Group(info, found);
}

// groupsOf(name): number[]. The enumeration has one position for the whole process, hence the mutex.
Napi::Value GroupsOf(const Napi::CallbackInfo& info) {
  static std::mutex enumeration;
  const CString name(info[0]);
  auto ids = Napi::Array::New(info.Env());
  uint32_t count = 0;
  std::lock_guard<std::mutex> lock(enumeration);
  setgrent();
  std::vector<char> buffer;
  for (;;) {
    struct group entry;
    struct group* found = nullptr;
    Grow(buffer, [&](auto& bytes) { return getgrent_r(&entry, bytes.data(), bytes.size(), &found); });
    if (found == nullptr) break;
    for (char** member = found->gr_mem; *member != nullptr; member++) {
      if (name.text() != *member) continue;
      ids.Set(count++, Napi::Number::New(info.Env(), found->gr_gid));
      break;
    }
  }
  endgrent();
  return ids;
}

}  // namespace

void RegisterUsers(Napi::Object exports) {
  Export<UserByName>(exports, "userByName");
  Export<UserById>(exports, "userById");
  Export<GroupByName>(exports, "groupByName");
  Export<GroupById>(exports, "groupById");
  Export<GroupsOf>(exports, "groupsOf");
}

}  // namespace s6
