// Attests a tier as the service would at its start: jail, zygote, canary, for each preload set;
// reported fact by fact.
#pragma once

#include <string>
#include <vector>

#include "doctor/finding.h"
#include "execution/service.h"
#include "jail/attestation.h"

namespace executor {

// The remedy for a tier that other absent facts have kept from being attested.
inline constexpr const char* kFixTheOthers = "fix the other absent facts";

struct TierReport {
  Tier tier = Tier::kFull;
  bool attested = false;
  std::vector<Section> sections;  // one for each set that got that far
};

// Starts a zygote of `tier` for each set, one after the other, and ends it again. Takes seconds.
TierReport attest_tier(const ServiceOptions& service, Tier tier);

// Each promise of a tier as a finding.
std::vector<Finding> findings_of(const std::vector<Judgement>& judged);

}  // namespace executor
