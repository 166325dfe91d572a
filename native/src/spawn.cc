// Children for JavaScript: one, or several at once.
#include <fcntl.h>

#include <deque>
#include <optional>

#include "addon.h"
#include "birth.h"
#include "spawn-helpers.h"

namespace s6 {

namespace {

enum Out { kPid = 0, kPidfd = 1, kStage = 2, kWords = 3 };

std::vector<Move> MovesOf(const int32_t* pairs, size_t count) {
  std::vector<Move> moves;
  moves.reserve(count);
  for (size_t index = 0; index < count; index++) moves.push_back({pairs[2 * index], pairs[2 * index + 1]});
  return moves;
}

void Clear(int32_t* out) {
  out[kPid] = 0;
  out[kPidfd] = -1;
  out[kStage] = kClone;
}

// pid, or -errno.
int Tell(const Plan& plan, int32_t* out) {
  out[kPidfd] = plan.pidfd;
  out[kStage] = plan.stage;
  if (plan.error != 0) out[kPid] = 0;
  return plan.error != 0 ? -plan.error : out[kPid];
}

// spawn(dirFd, file, argv, fdMap, flags, out, environ, chain, texts): pid or -errno
Napi::Value Spawn(const Napi::CallbackInfo& info) {
  const CString file(info[1]);
  std::vector<std::string> arguments;
  int32_t* out = info[5].As<Napi::Int32Array>().Data();
  Clear(out);
  std::vector<std::string> variables;
  if (!ReadStrings(info[2], arguments) || !file.ok()) return Answer(info, -EINVAL);
  if (!info[6].IsNull() && !ReadStrings(info[6], variables)) return Answer(info, -EINVAL);
  SpawnStack& stack = info.Env().GetInstanceData<State>()->spawn_stack;
  if (!stack.Make()) return Answer(info, -ENOMEM);

  const auto map = info[3].As<Napi::Int32Array>();
  std::vector<Move> moves = MovesOf(map.Data(), map.ElementLength() / 2);
  const auto settings = CurrentSettings();
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> environment = Pointers(info[6].IsNull() ? settings->environment : variables);
  Chain chain;
  if (!info[7].IsNull() && !chain.Read(info[7], info[8])) return Answer(info, -EINVAL);
  const std::vector<int> kept = Kept(moves, *settings);
  std::optional<ChangingIds> changing;
  if (chain.get().changes_ids != 0) changing.emplace();
  Plan plan = {};
  plan.chain = info[7].IsNull() ? nullptr : &chain.get();
  plan.kept = &kept;
  plan.dir_fd = Int(info, 0);
  plan.flags = Int(info, 4);
  plan.file = file.get();
  plan.argv = argv.data();
  plan.environment = environment.data();
  plan.moves = moves.data();
  plan.count = moves.size();
  plan.settings = settings.get();
  plan.pid = &out[kPid];
  Bear(plan, stack);
  return Answer(info, Tell(plan, out));
}

// What one of several needs: all of it stays where it is.
struct Birth {
  Chain chain;
  std::vector<Move> moves;
  std::vector<int> kept;
  std::optional<ChangingIds> changing;
  Plan plan = {};
};

// spawnAll(dirFd, fdMaps, chains, out, results): 0, or -errno when nothing was started
Napi::Value SpawnAll(const Napi::CallbackInfo& info) {
  const int32_t* maps = info[1].As<Napi::Int32Array>().Data();
  const auto chains = info[2].As<Napi::Array>();
  int32_t* out = info[3].As<Napi::Int32Array>().Data();
  int32_t* results = info[4].As<Napi::Int32Array>().Data();
  SpawnStack& stack = info.Env().GetInstanceData<State>()->spawn_stack;
  if (!stack.Make()) return Answer(info, -ENOMEM);
  const auto settings = CurrentSettings();
  std::deque<Birth> births;
  std::vector<Plan*> plans;
  for (uint32_t index = 0; index < chains.Length() / 2; index++) {
    Birth& birth = births.emplace_back();
    if (!birth.chain.Read(chains.Get(2 * index), chains.Get(2 * index + 1))) return Answer(info, -EINVAL);
    const auto count = static_cast<size_t>(*maps++);
    birth.moves = MovesOf(maps, count);
    maps += 2 * count;
    birth.kept = Kept(birth.moves, *settings);
    if (birth.chain.get().changes_ids != 0) birth.changing.emplace();
    birth.plan.chain = &birth.chain.get();
    birth.plan.kept = &birth.kept;
    birth.plan.dir_fd = Int(info, 0);
    birth.plan.moves = birth.moves.data();
    birth.plan.count = count;
    birth.plan.settings = settings.get();
    birth.plan.pid = &out[kWords * index + kPid];
    Clear(&out[kWords * index]);
    plans.push_back(&birth.plan);
  }
  BearAll(plans, stack);
  for (size_t index = 0; index < plans.size(); index++) results[index] = Tell(*plans[index], &out[kWords * index]);
  return Answer(info, 0);
}

}  // namespace

void RegisterSpawn(Napi::Object exports) {
  Export<Spawn>(exports, "spawn");
  Export<SpawnAll>(exports, "spawnAll");
}

}  // namespace s6
