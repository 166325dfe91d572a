// A thread that starts a child is blocked until that has executed its program, which is a matter of the whole machine: where
// others wait for a processor, so does the child. While one waits, the others start more.
#include "spawn-helpers.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>

namespace s6 {

namespace {

// More would only wait for processors.
constexpr int kMost = 3;
constexpr size_t kThreadBytes = 128 * 1024;

std::mutex guard;
// Never destroyed: at the end of the process helpers wait there, and who destroys one waits for them.
std::condition_variable& wanted = *new std::condition_variable;
std::condition_variable& done = *new std::condition_variable;
int threads = 0;
// Those that are to be started, from `next` on; nullptr: none.
const std::vector<Plan*>* plans = nullptr;
size_t next = 0;
// Those that somebody starts right now.
size_t pending = 0;

// Until none is left. The lock is held, but while a child is being started.
void Share(std::unique_lock<std::mutex>& lock, const SpawnStack& stack) {
  while (plans != nullptr && next < plans->size()) {
    Plan& plan = *(*plans)[next++];
    pending++;
    lock.unlock();
    Bear(plan, stack);
    lock.lock();
    if (--pending == 0) done.notify_all();
  }
}

void* Help(void*) {
  static thread_local SpawnStack stack;
  if (!stack.Make()) return nullptr;
  std::unique_lock lock(guard);
  for (;;) {
    Share(lock, stack);
    wanted.wait(lock);
  }
}

// As many as there are to help. Where there can't be one, there is less help. Signals are for the threads that expect them.
void Hire(size_t helpers) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_t attributes;
  if (threads >= kMost || static_cast<size_t>(threads) >= helpers || pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kThreadBytes);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  while (threads < kMost && static_cast<size_t>(threads) < helpers && pthread_create(&thread, &attributes, Help, nullptr) == 0) threads++;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
}

// One caller has them at a time.
std::mutex callers;

}  // namespace

void BearAll(const std::vector<Plan*>& all, const SpawnStack& stack) {
  std::unique_lock<std::mutex> turn(callers, std::defer_lock);
  if (all.size() < 2 || !turn.try_lock()) {
    for (Plan* plan : all) Bear(*plan, stack);
    return;
  }
  std::unique_lock lock(guard);
  Hire(all.size() - 1);
  plans = &all;
  next = 0;
  for (size_t helpers = all.size() - 1; helpers > 0; helpers--) wanted.notify_one();
  Share(lock, stack);
  done.wait(lock, [] { return pending == 0; });
  plans = nullptr;
}

}  // namespace s6
