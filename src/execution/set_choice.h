// Which preload set runs a job.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "execution/pool_set.h"
#include "wire/job.h"

namespace executor {

// The index of the set with a module that the script names, in any way: a script that reaches a
// module without naming it only pays for the import.
std::size_t set_for(const Generation& generation, const Job& job);

// Whether none of the set's zygotes has been attested, or has failed, yet.
bool is_starting(const Generation& generation, std::size_t set);

// The job's set, and after it those that have imported what the job would have got from it.
std::vector<std::size_t> sets_for(const Generation& generation, const Job& job);

// Which of those is to run the job: the first, or another that is attested while the first starts.
// Empty while there is none.
std::optional<std::size_t> serving_one(const Generation& generation,
                                       const std::vector<std::size_t>& sets);

}  // namespace executor
