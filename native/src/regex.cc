// POSIX regular expressions of the C library, on bytes, so that they agree with the C tools everywhere.
#include <regex.h>

#include <string>
#include <vector>

#include "addon.h"

namespace s6 {

namespace {

// start * 2^24 + end must stay an exact integer.
constexpr size_t kMaxText = (size_t{1} << 24) - 1;

// regexCompile(pattern, flags): handle or message. One that only tests (1) is much faster, and tells no positions.
Napi::Value RegexCompile(const Napi::CallbackInfo& info) {
  auto* compiled = new regex_t;
  const int flags = Int(info, 1);
  const int error = regcomp(compiled, Bytes(info[0]).c_str(),
                            (flags & 1 ? REG_NOSUB : 0) | (flags & 2 ? 0 : REG_EXTENDED) | (flags & 4 ? REG_ICASE : 0));
  if (error != 0) {
    char message[256];
    regerror(error, compiled, message, sizeof message);
    delete compiled;
    return Napi::String::New(info.Env(), message);
  }
  return Napi::External<regex_t>::New(info.Env(), compiled, [](Napi::Env, regex_t* done) {
    regfree(done);
    delete done;
  });
}

// regexExec(handle, text): start * 2^24 + end, -1, or another negative number: -errno. As in C, a NUL ends the text.
Napi::Value RegexExec(const Napi::CallbackInfo& info) {
  const std::string text = Bytes(info[1]);
  if (text.size() > kMaxText) return Answer(info, -E2BIG);
  regmatch_t match;
  const int result = regexec(info[0].As<Napi::External<regex_t>>().Data(), text.c_str(), 1, &match, 0);
  if (result == REG_NOMATCH) return Answer(info, -1);
  if (result != 0) return Answer(info, -ENOMEM);
  return Answer(info, static_cast<double>(match.rm_so) * (1 << 24) + match.rm_eo);
}

// regexGroups(handle, text, out): [start, end) of the match and of each group in parentheses, -1 for one that took no part.
// How many there are; 0: no match; -ENOMEM. A NUL ends the text.
Napi::Value RegexGroups(const Napi::CallbackInfo& info) {
  const std::string text = Bytes(info[1]);
  if (text.size() > kMaxText) return Answer(info, -E2BIG);
  const auto* compiled = info[0].As<Napi::External<regex_t>>().Data();
  auto out = info[2].As<Napi::Array>();
  std::vector<regmatch_t> groups(compiled->re_nsub + 1);
  const int result = regexec(compiled, text.c_str(), groups.size(), groups.data(), 0);
  if (result != 0) return Answer(info, result == REG_NOMATCH ? 0 : -ENOMEM);
  uint32_t at = 0;
  for (const auto& group : groups) {
    out.Set(at++, Napi::Number::New(info.Env(), group.rm_so));
    out.Set(at++, Napi::Number::New(info.Env(), group.rm_eo));
  }
  return Answer(info, groups.size());
}

// regexSelect(handle, bytes, offsets, count, selected, value): lines are [from, to) in offsets; what is not selected as
// `value` yet, and matches, is from now on. 0, -ENOMEM.
Napi::Value RegexSelect(const Napi::CallbackInfo& info) {
  const auto* compiled = info[0].As<Napi::External<regex_t>>().Data();
  const auto* bytes = reinterpret_cast<const char*>(info[1].As<Napi::Uint8Array>().Data());
  const auto offsets = info[2].As<Napi::Int32Array>();
  auto selected = info[4].As<Napi::Uint8Array>();
  const auto count = static_cast<size_t>(Int(info, 3));
  const auto value = static_cast<uint8_t>(Int(info, 5));
  const int32_t* line = offsets.Data();
  uint8_t* flag = selected.Data();
  for (size_t index = 0; index < count; index++, line += 2) {
    if (flag[index] == value) continue;
    regmatch_t range = {0, line[1] - line[0]};
    const int result = regexec(compiled, bytes + line[0], 0, &range, REG_STARTEND);
    if (result == 0) flag[index] = value;
    else if (result != REG_NOMATCH) return Answer(info, -ENOMEM);
  }
  return Answer(info, 0);
}

}  // namespace

void RegisterRegex(Napi::Object exports) {
  Export<RegexCompile>(exports, "regexCompile");
  Export<RegexSelect>(exports, "regexSelect");
  Export<RegexGroups>(exports, "regexGroups");
  Export<RegexExec>(exports, "regexExec");
}

}  // namespace s6
