// glob(3) and fnmatch(3) of the C library, on bytes.
#include <fnmatch.h>
#include <glob.h>

#include <string>
#include <vector>

#include "addon.h"

namespace s6 {

namespace {

struct Trouble {
  std::string path;
  int error;
};

// glob(3) hands nothing of ours to its error function.
thread_local std::vector<Trouble>* troubles = nullptr;

int Note(const char* path, int error) {
  troubles->push_back({path, error});
  return 0;  // GLOB_ERR says whether it goes on
}

Napi::Value Buffer(Napi::Env env, const char* text) {
  const std::string bytes = text;
  auto copy = Napi::Uint8Array::New(env, bytes.size());
  bytes.copy(reinterpret_cast<char*>(copy.Data()), bytes.size());
  return copy;
}

// glob(pattern, flags, troubles): the paths, none if none matches; -EIO: aborted, -ENOMEM.
Napi::Value Glob(const Napi::CallbackInfo& info) {
  constexpr int kFlags[][2] = {{1, GLOB_NOSORT}, {2, GLOB_MARK}, {4, GLOB_NOESCAPE}, {8, GLOB_NOCHECK}, {16, GLOB_ERR}};
  const std::string pattern = Bytes(info[0]);
  if (pattern.find('\0') != std::string::npos) return Answer(info, -EINVAL);
  int flags = 0;
  for (const auto& [ours, theirs] : kFlags) flags |= Int(info, 1) & ours ? theirs : 0;
  std::vector<Trouble> noted;
  troubles = &noted;
  glob_t found = {};
  const int result = glob(pattern.c_str(), flags, Note, &found);
  troubles = nullptr;
  auto list = info[2].As<Napi::Array>();
  for (uint32_t index = 0; index < noted.size(); index++) {
    auto entry = Napi::Object::New(info.Env());
    entry.Set("path", Buffer(info.Env(), noted[index].path.c_str()));
    entry.Set("errno", noted[index].error);
    list.Set(index, entry);
  }
  auto paths = Napi::Array::New(info.Env());
  if (result == 0) {
    for (uint32_t index = 0; index < found.gl_pathc; index++) paths.Set(index, Buffer(info.Env(), found.gl_pathv[index]));
  }
  globfree(&found);
  if (result == GLOB_ABORTED) return Answer(info, -EIO);
  if (result == GLOB_NOSPACE) return Answer(info, -ENOMEM);
  return paths;
}

// fnmatch(pattern, text, flags): 1, 0, -EINVAL. As in C, a NUL ends both.
Napi::Value Fnmatch(const Napi::CallbackInfo& info) {
  constexpr int kFlags[][2] = {{1, FNM_NOESCAPE}, {2, FNM_PERIOD}, {4, FNM_PATHNAME}};
  int flags = 0;
  for (const auto& [ours, theirs] : kFlags) flags |= Int(info, 2) & ours ? theirs : 0;
  const int result = fnmatch(Bytes(info[0]).c_str(), Bytes(info[1]).c_str(), flags);
  return Answer(info, result == 0 ? 1 : result == FNM_NOMATCH ? 0 : -EINVAL);
}

}  // namespace

void RegisterPatterns(Napi::Object exports) {
  Export<Glob>(exports, "glob");
  Export<Fnmatch>(exports, "fnmatch");
}

}  // namespace s6
