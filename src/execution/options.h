// Configuration of the execution service.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "execution/delivery.h"
#include "execution/pool.h"
#include "execution/verdict.h"
#include "jail/jail.h"
#include "resources/delegated_cgroup.h"
#include "wire/control.h"

namespace executor {

// One preload set: the modules that its workers have imported already.
struct PreloadSet {
  std::string name;
  std::vector<std::string> modules;  // naming one in a script selects this set; empty: the rest
  std::vector<std::string> also;     // imported as well, but do not select the set
  std::string warm_up;               // script in the function dialect for idle spare workers
  std::uint32_t ready = 4;           // workers kept ready
};

// The longest time between a free slot and the start of a run: waiting for a worker, and handing
// over the job.
inline constexpr std::chrono::seconds kWorkerLimit{5};
inline constexpr std::chrono::seconds kLongestStart = kWorkerLimit + kHandOverLimit;

// In the tier uid.
enum class LandlockMode : std::uint8_t {
  kAuto,      // used where the kernel has it
  kRequired,  // the tier is not attested without
};

// When a service that starts may run its first scripts.
enum class ServeAfter : std::uint8_t { kFirstSet, kAllSets };

struct ServiceOptions {
  std::optional<Tier> tier;         // empty: the highest that attests
  Tier minimum_tier = Tier::kFull;  // below it nothing runs
  std::uint32_t workers = 4;        // runs at once
  std::uint32_t zygotes = 1;        // of each preload set, outside the tier uid
  std::uint32_t queue = 64;         // requests that may wait
  std::chrono::duration<double> queue_wait{10};
  std::chrono::duration<double> recycle{0};  // age at which a zygote is replaced; 0: never
  std::chrono::duration<double> attest{0};   // time between attestations of the sandbox; 0: none
  RunLimits run;
  JailOptions jail;
  Setup setup;                   // without the preload list
  std::vector<PreloadSet> sets;  // at least one; the first without modules is for all other scripts
  ServeAfter serve_after = ServeAfter::kFirstSet;
  CgroupMode cgroup = CgroupMode::kAuto;
  LandlockMode landlock = LandlockMode::kAuto;
};

// How many zygotes, each with a pool of its own, a set has. In the tier uid it is one: there are
// only so many ranges of ids (launcher/slices.h).
std::uint32_t zygotes_of_each_set(const ServiceOptions& options);

// The options of each pool for one of the service's sets. The tier is options.setup's.
PoolOptions pool_options(const ServiceOptions& options, const PreloadSet& set);

}  // namespace executor
