#include "chain.h"

#include <sys/prctl.h>

#include <mutex>

namespace s6 {

namespace {

std::mutex changing;
int changing_count = 0;
int dumpable_before = 0;

}  // namespace

ChangingIds::ChangingIds() {
  std::lock_guard<std::mutex> lock(changing);
  if (changing_count++ > 0) return;
  dumpable_before = prctl(PR_GET_DUMPABLE);
  prctl(PR_SET_DUMPABLE, 0);
}

ChangingIds::~ChangingIds() {
  std::lock_guard<std::mutex> lock(changing);
  if (--changing_count == 0 && dumpable_before == 1) prctl(PR_SET_DUMPABLE, 1);
}

bool Chain::Read(const Napi::Value& words, const Napi::Value& texts) {
  const auto numbers = words.As<Napi::Int32Array>();
  const auto bytes = texts.As<Napi::Uint8Array>();
  words_.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
  // A copy: a digit may be written, and the same chain may be started again.
  texts_.assign(bytes.Data(), bytes.Data() + bytes.ByteLength());
  if (chain_check(&chain_, words_.data(), words_.size(), texts_.data(), texts_.size()) == 0) return false;
  room_.resize(chain_.room / sizeof(void*));
  chain_link(&chain_, room_.data());
  return true;
}

}  // namespace s6
