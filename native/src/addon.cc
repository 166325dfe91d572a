// The functions of src/sys/addon.ts, in its order. Numbers, strings and bytes in; a result ≥ 0 or -errno out; nothing
// here throws, chooses a default or keeps a static, except what the contract calls process-wide.
#include "addon.h"

namespace s6 {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new State);
  RegisterProcess(exports);
  RegisterCensus(exports);
  RegisterSession(exports);
  RegisterLimits(exports);
  RegisterSpawn(exports);
  RegisterExec(exports);
  RegisterFiles(exports);
  RegisterDigest(exports);
  RegisterLines(exports);
  RegisterLock(exports);
  RegisterRecordLock(exports);
  RegisterMemory(exports);
  RegisterPackets(exports);
  RegisterFifodir(exports);
  RegisterPoller(exports);
  RegisterSignals(exports);
  RegisterSocket(exports);
  RegisterStreamSocket(exports);
  RegisterRegex(exports);
  RegisterRights(exports);
  RegisterPatterns(exports);
  RegisterUsers(exports);
  RegisterWaiter(exports);
  return exports;
}

NODE_API_MODULE(addon, Init)

}  // namespace s6
