// What children and exec'ed programs get back from before Node started: process-wide, replaced as a whole.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <napi.h>

namespace s6 {

constexpr int kSignals = 64;

struct Settings {
  // -1: leave RLIMIT_NOFILE as it is.
  long soft_nofile = -1;
  // Bit n-1 stands for signal n.
  uint64_t ignored = 0;
  // Descriptors ≥ 3 that leak through, as they would without Node.
  std::vector<int> inherit;
  std::vector<std::string> environment;
};

void Configure(Settings settings);
std::shared_ptr<const Settings> CurrentSettings();
// Another number after each Configure.
uint32_t SettingsVersion();
// The C library's copy. Only the main thread's process.env changes it.
std::vector<std::string> OwnEnvironment();

// Pointers into `strings`, NULL at the end, as execve wants them.
std::vector<char*> Pointers(const std::vector<std::string>& strings);

// Texts, or bytes as they are. False when one of them holds a NUL.
bool ReadStrings(const Napi::Value& array, std::vector<std::string>& into);

// The kernel's own sigaction, all 64 signals: the C library hides two and answers EINVAL for them.
struct RawAction {
  unsigned long words[8] = {};
};
long RawSigaction(int signal, const RawAction* action, RawAction* old);
RawAction PlainAction(bool ignore);
// Bit n-1: signal n may not be what it is by default. What Node has changed counts as of the first call.
uint64_t TouchedSignals();
// These have been changed by us.
void TouchSignals(uint64_t signals);
// Sets the whole mask of this thread, the C library's own signals included.
void RawMask(uint64_t mask, uint64_t* old);

// Every descriptor ≥ 3 gets close-on-exec: third parties (lmdb's data file) forget it.
int CloseAllOnExec();
int ClearCloexec(int fd);
// RLIMIT_NOFILE of this process: the soft limit, and the hard one where that is lower (only root may). 0 or -1 with errno.
int RaiseNofile(rlim_t limit);
// What children get: the hard limit that this process was started with, and `soft`, cut to it; -1 leaves the soft one.
// Safe between clone and execve. Answers 0 or -1 with errno.
int GiveBackNofile(long soft);

}  // namespace s6
