// The attestation of a tier as the service would do it at its start: jail, zygote, canary, for each
// preload set; told fact by fact.
#pragma once

#include <string>
#include <vector>

#include "doctor/finding.h"
#include "execution/service.h"
#include "jail/attestation.h"

namespace executor {

struct TierReport {
  Tier tier = Tier::kFull;
  bool proven = false;
  std::vector<Chapter> chapters;  // one for each set that got that far
};

// Starts a zygote of `tier` for each set, one after the other, and ends it again. Needs seconds.
TierReport attest_tier(const ServiceOptions& service, Tier tier);

// Each promise of a tier as a finding.
std::vector<Finding> findings_of(const std::vector<Judgement>& judged);

}  // namespace executor
