// A compiled chain (chain/chain.h) that JavaScript has written.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "../chain/chain.h"

namespace s6 {

class Chain {
 public:
  // words: see src/sys/compiled-chain.ts, which writes them; texts: NUL-terminated, one after the other. False: nonsense.
  bool Read(const Napi::Value& words, const Napi::Value& texts);
  const struct chain& get() const { return chain_; }

 private:
  struct chain chain_ = {};
  std::vector<int32_t> words_;
  std::vector<char> texts_;
  std::vector<void*> room_;
};

// While it lives, a child on our memory may have the ids of somebody else, who must not get at that memory: by ptrace, or
// by a signal that dumps core, which would end us, too. The process is not dumpable meanwhile.
class ChangingIds {
 public:
  ChangingIds();
  ~ChangingIds();
  ChangingIds(const ChangingIds&) = delete;
  ChangingIds& operator=(const ChangingIds&) = delete;
};

}  // namespace s6
