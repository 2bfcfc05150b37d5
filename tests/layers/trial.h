// One attack, tried in a sandbox that lacks a layer, and what became of it.
#pragma once

#include <string>
#include <vector>

#include "escape/attack.h"
#include "layers/layer.h"

namespace executor::test {

// The letters of the table.
enum class Verdict : char {
  kSame = '.',       // stopped, as with all layers
  kElsewhere = '2',  // stopped with another error: by another layer
  kSucceeded = 'X',
  kUnclear = '?',  // ended in a way that proves neither: it needs what is missing
};

struct Trial {
  Verdict verdict = Verdict::kUnclear;
  std::string detail;  // why, for people
};

// A sandbox without one layer, which was not attested.
class Weakened {
 public:
  explicit Weakened(const Layer& layer);

  // Runs the attack as often as it wants to be, on a new zygote where traces would stay.
  Trial attempt(const Attack& attack);

 private:
  void start();

  const Layer& layer_;
  Scratch scratch_;
  PoolOptions options_;
  RunLimits limits_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace executor::test
