// Resource limits of this process, as the kernel keeps them: 2^64-1 = unlimited.
#include <sys/resource.h>

#include "addon.h"

namespace s6 {

namespace {

// getLimit(resource, out): out = [soft, hard]
Napi::Value GetLimit(const Napi::CallbackInfo& info) {
  struct rlimit limit;
  const int result = getrlimit(static_cast<__rlimit_resource_t>(Int(info, 0)), &limit);
  if (result == 0) {
    uint64_t* out = info[1].As<Napi::BigUint64Array>().Data();
    out[0] = limit.rlim_cur;
    out[1] = limit.rlim_max;
  }
  return Result(info, result);
}

// setLimit(resource, [soft, hard])
Napi::Value SetLimit(const Napi::CallbackInfo& info) {
  const uint64_t* wanted = info[1].As<Napi::BigUint64Array>().Data();
  const struct rlimit limit = {wanted[0], wanted[1]};
  return Result(info, setrlimit(static_cast<__rlimit_resource_t>(Int(info, 0)), &limit));
}

}  // namespace

void RegisterLimits(Napi::Object exports) {
  Export<GetLimit>(exports, "getLimit");
  Export<SetLimit>(exports, "setLimit");
}

}  // namespace s6
