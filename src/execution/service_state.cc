// What the service reports of itself: whether it is healthy, and its state for the metrics.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "execution/service.h"
#include "execution/set_choice.h"

namespace executor {
namespace {

std::string trouble_of(Pool& pool) {
  std::string trouble = pool.unhealthy_reason();
  if (trouble.empty() && pool.is_barren()) trouble = "no worker can be made";
  return trouble.empty() ? pool.stall_reason() : trouble;
}

// Counts together, the older attestation, and what any of them can do: the set serves while one
// does.
void add(SetState& set, const SetState& zygote) {
  set.ready += zygote.ready;
  set.busy += zygote.busy;
  set.zygotes += zygote.zygotes;
  set.zygote_starts += zygote.zygote_starts;
  set.zygote_losses += zygote.zygote_losses;
  set.failed_workers += zygote.failed_workers;
  set.ended_workers += zygote.ended_workers;
  set.page_faults += zygote.page_faults;
  set.attested = set.attested || zygote.attested;
  set.starting = set.starting && zygote.starting;
  if (set.tier.empty()) set.tier = zygote.tier;
  if (set.python.empty()) set.python = zygote.python;
  set.attested_seconds_ago = std::max(set.attested_seconds_ago, zygote.attested_seconds_ago);
  set.jail_seconds = std::max(set.jail_seconds, zygote.jail_seconds);
  set.python_seconds = std::max(set.python_seconds, zygote.python_seconds);
  set.attestation_seconds = std::max(set.attestation_seconds, zygote.attestation_seconds);
}

}  // namespace

std::vector<std::string> Service::preloaded() const {
  std::set<std::string> modules;
  for (const PreloadSet& set : pools_.current()->options.sets) {
    modules.insert(set.modules.begin(), set.modules.end());
  }
  return {modules.begin(), modules.end()};
}

std::string Service::unhealthy_reason() const {
  const auto generation = pools_.current();
  if (!generation) return "no tier of isolation is attested yet";
  if (cgroups_ != nullptr && cgroups_->frozen()) return "the cgroup of the runs is frozen";
  for (std::size_t set = 0; set < generation->options.sets.size(); ++set) {
    // A set serves while one of its zygotes does; each is looked at, and so replaced if it must be.
    std::string trouble;
    bool serves = false;
    for (const auto& member : generation->members_of(set)) {
      const std::string its = trouble_of(*member.pool);
      serves = serves || its.empty();
      if (trouble.empty()) trouble = its;
    }
    if (!serves && !is_starting(*generation, set))
      return "pool " + generation->options.sets[set].name + ": " + trouble;
  }
  return {};
}

ServiceState Service::state() const {
  const Admission::Load load = admission_.load();
  ServiceState state{load.slots, load.running, load.waiting, {}};
  const auto generation = pools_.current();
  if (!generation) return state;
  for (std::size_t set = 0; set < generation->options.sets.size(); ++set) {
    SetState together;
    together.starting = true;
    together.name = generation->options.sets[set].name;
    for (const auto& member : generation->members_of(set)) add(together, member.pool->state());
    state.sets.push_back(std::move(together));
  }
  return state;
}

}  // namespace executor
