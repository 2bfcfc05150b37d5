// Whether each run can have a user id of its own; survey_identity() is in jail/subordinate_ids.h.
#pragma once

#include <cstdint>

#include "doctor/finding.h"
#include "jail/subordinate_ids.h"

namespace executor {

// `required`: by the configuration. `least`: how many ids a zygote takes.
Section judge_identity(const IdentityFacts& facts, bool required, std::uint32_t least);

}  // namespace executor
