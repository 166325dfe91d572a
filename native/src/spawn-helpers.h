// Threads that start children beside the one that wants several.
#pragma once

#include <vector>

#include "birth.h"

namespace s6 {

// Starts all of them, and comes back when all have executed their program, or failed to: the plans tell. `stack` is that of the
// caller, who starts some itself.
void BearAll(const std::vector<Plan*>& plans, const SpawnStack& stack);

}  // namespace s6
