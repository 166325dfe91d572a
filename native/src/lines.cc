// Lines by the thousand: a call for each of them costs more than the line.
#include <cstring>

#include "addon.h"

namespace s6 {

namespace {

// lineOffsets(bytes, from, to, offsets): [from, to) of each line that a newline ends, without it; how many, or -E2BIG
// when they do not fit.
Napi::Value LineOffsets(const Napi::CallbackInfo& info) {
  const auto* bytes = info[0].As<Napi::Uint8Array>().Data();
  auto offsets = info[3].As<Napi::Int32Array>();
  int32_t* out = offsets.Data();
  const size_t room = offsets.ElementLength() / 2;
  const uint8_t* at = bytes + Int(info, 1);
  const uint8_t* end = bytes + Int(info, 2);
  size_t count = 0;
  while (const auto* newline = static_cast<const uint8_t*>(memchr(at, '\n', static_cast<size_t>(end - at)))) {
    if (count == room) return Answer(info, -E2BIG);
    out[2 * count] = static_cast<int32_t>(at - bytes);
    out[2 * count + 1] = static_cast<int32_t>(newline - bytes);
    count++;
    at = newline + 1;
  }
  return Answer(info, static_cast<double>(count));
}

// gatherLines(bytes, offsets, count, selected, before, into, at): writes `before`, the line and a newline for each line
// that is selected (by 1; an empty list selects all); where the last one ends, or -E2BIG.
Napi::Value GatherLines(const Napi::CallbackInfo& info) {
  const auto* bytes = info[0].As<Napi::Uint8Array>().Data();
  const int32_t* line = info[1].As<Napi::Int32Array>().Data();
  const auto count = static_cast<size_t>(Int(info, 2));
  const auto selected = info[3].As<Napi::Uint8Array>();
  const auto before = info[4].As<Napi::Uint8Array>();
  auto into = info[5].As<Napi::Uint8Array>();
  const uint8_t* flag = selected.ElementLength() == 0 ? nullptr : selected.Data();
  const size_t prefix = before.ElementLength();
  uint8_t* out = into.Data() + Int(info, 6);
  const uint8_t* end = into.Data() + into.ElementLength();
  for (size_t index = 0; index < count; index++, line += 2) {
    if (flag != nullptr && flag[index] != 1) continue;
    const auto size = static_cast<size_t>(line[1] - line[0]);
    if (static_cast<size_t>(end - out) < prefix + size + 1) return Answer(info, -E2BIG);
    if (prefix > 0) memcpy(out, before.Data(), prefix);
    if (size > 0) memcpy(out + prefix, bytes + line[0], size);
    out[prefix + size] = '\n';
    out += prefix + size + 1;
  }
  return Answer(info, static_cast<double>(out - into.Data()));
}

}  // namespace

void RegisterLines(Napi::Object exports) {
  Export<LineOffsets>(exports, "lineOffsets");
  Export<GatherLines>(exports, "gatherLines");
}

}  // namespace s6
