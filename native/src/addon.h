// Shared by all files of the addon: how arguments come in, how answers go out, what one environment owns.
#pragma once

#include <napi.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "birth.h"

namespace s6 {

struct Poller;

// What belongs to one Node environment (the main thread or one worker).
struct State {
  Poller* poller = nullptr;
  // A spawn blocks its thread, so one is enough.
  SpawnStack spawn_stack;
};

inline Napi::Value Answer(const Napi::CallbackInfo& info, double value) {
  return Napi::Number::New(info.Env(), value);
}

// What a system call returned: itself when ≥ 0, else -errno.
inline Napi::Value Result(const Napi::CallbackInfo& info, long value) {
  return Answer(info, value < 0 ? -errno : static_cast<double>(value));
}

inline int Int(const Napi::CallbackInfo& info, size_t index) { return info[index].As<Napi::Number>().Int32Value(); }

// A JavaScript string or bytes. A NUL inside would cut it short behind the caller's back: `ok` turns false.
// Of a Uint8Array, or of a string in UTF-8.
inline std::string Bytes(const Napi::Value& value) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  const auto array = value.As<Napi::Uint8Array>();
  return std::string(reinterpret_cast<const char*>(array.Data()), array.ByteLength());
}

// Bytes of a JavaScript string. A NUL inside would cut it short behind the caller's back: `ok` turns false.
class CString {
 public:
  explicit CString(const Napi::Value& value) : text_(Bytes(value)) {}
  bool ok() const { return text_.find('\0') == std::string::npos; }
  const char* get() const { return text_.c_str(); }
  const std::string& text() const { return text_; }

 private:
  static std::string Bytes(const Napi::Value& value) {
    if (value.IsString()) return value.As<Napi::String>().Utf8Value();
    const auto bytes = value.As<Napi::Uint8Array>();
    return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  }
  std::string text_;
};

template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<Function>(exports.Env(), name));
}

void RegisterProcess(Napi::Object exports);
void RegisterCensus(Napi::Object exports);
void RegisterSpawn(Napi::Object exports);
void RegisterSession(Napi::Object exports);
void RegisterExec(Napi::Object exports);
void RegisterFiles(Napi::Object exports);
void RegisterDigest(Napi::Object exports);
void RegisterLimits(Napi::Object exports);
void RegisterLines(Napi::Object exports);
void RegisterLock(Napi::Object exports);
void RegisterRecordLock(Napi::Object exports);
void RegisterMemory(Napi::Object exports);
void RegisterPackets(Napi::Object exports);
void RegisterFifodir(Napi::Object exports);
void RegisterPoller(Napi::Object exports);
void RegisterSignals(Napi::Object exports);
void RegisterSocket(Napi::Object exports);
void RegisterStreamSocket(Napi::Object exports);
void RegisterPatterns(Napi::Object exports);
void RegisterRegex(Napi::Object exports);
void RegisterRights(Napi::Object exports);
void RegisterUsers(Napi::Object exports);
void RegisterWaiter(Napi::Object exports);

}  // namespace s6
