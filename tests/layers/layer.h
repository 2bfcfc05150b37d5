// The layers of the sandbox that can be switched off one at a time, and how: by the weakened runner
// (tests/weakened), by a fake firejail, or by limits that the responder's side
// keeps. Knows nothing of attacks.
#pragma once

#include <string>
#include <vector>

#include "execution/pool.h"
#include "execution/verdict.h"
#include "support/sandbox.h"

namespace executor::test {

struct Layer {
  const char* id;     // the column; of the runner's own also the suffix that leaves it out
  const char* title;  // as a person would say it
  const char* fact;   // what the attestation misses without it; "" when it sees nothing
  bool keeps_traces;  // what a run leaves behind stays without it: each attack gets a new zygote
};

// Without the first, `none`, nothing is off.
const std::vector<Layer>& layers();

// A zygote without `layer`. The runner is copied into `scratch` under the name that leaves it out.
PoolOptions options_without(const Layer& layer, const Scratch& scratch);

// What the responder's side limits of a run without `layer`.
RunLimits limits_without(const Layer& layer);

}  // namespace executor::test
