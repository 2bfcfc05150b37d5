// What an answer says to do about how its run ended. Pure functions.
//
// A hint comes from where the evidence is: the worker's harness for what its script has raised or
// returned (harness/harness_hints.py), here for limits. A worker's hint may be forged by the
// script: it becomes one short line of UTF-8, and the hint of a success never has the worker's
// wording.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "contract/outcome.h"
#include "execution/verdict.h"
#include "wire/claim.h"
#include "wire/control.h"

namespace executor {

// The facts that were in effect for the run.
struct HintFacts {
  Dialect dialect = Dialect::kFunction;
  std::chrono::duration<double> timeout{}, max_timeout{};
  RunLimits run{};
  SandboxLimits sandbox{};
};

// The most bytes of a worker's hint that an answer has.
inline constexpr std::size_t kMaxHint = 300;

// The hint among a claim's attachments: one line; empty when there is none.
std::string judge_hint(const std::vector<Attachment>& attachments);

// The hint of an outcome whose `hint` is what judge_hint() gave; may be empty.
std::string hint_of(const Outcome& outcome, const HintFacts& facts);

}  // namespace executor
