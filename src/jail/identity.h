// Which host users the runs of one zygote have, in the tiers with namespaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "jail/id_slice.h"
#include "wire/control.h"

namespace executor {

enum class RunIdentity : std::uint8_t {
  kAuto,    // each run has a user of its own where that is possible, else the service's
  kOwn,     // each run has a user of its own, or the zygote does not start
  kShared,  // all runs have the service's user
};

class Identity {
 public:
  // Takes `count` ids for the workers of a zygote with that setup, including those that are ending.
  // Fails only where the runs must have their own.
  static Result<Identity> prepare(RunIdentity wanted, std::uint32_t count, const Setup& setup);

  // Maps the ids for the zygote of this pidfd, and returns the answer to it. Fails as prepare().
  Result<GivenIds> give(int zygote);

  [[nodiscard]] bool is_own() const { return slice_.has_value(); }
  // Empty where each run has its own, and where that was not asked for.
  [[nodiscard]] const std::string& why_shared() const { return why_shared_; }

 private:
  explicit Identity(RunIdentity wanted) : wanted_(wanted) {}
  Result<void> do_without(const Failure& why);

  RunIdentity wanted_;
  std::optional<IdSlice> slice_;
  std::string why_shared_;
};

// A failure names the first of the paths that only its owner may read: a run with a user id of its
// own could not read it.
Result<void> check_open_to_all(const std::vector<std::string>& paths);

}  // namespace executor
