// The process that asks, which stands for the service: its user, privileges and descriptors.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "doctor/finding.h"
#include "doctor/needs.h"

namespace executor {

struct CallerFacts {
  uid_t uid = 0;
  std::string user;  // empty: not in passwd(5)
  bool no_new_privs = false;
  std::uint64_t bounding_set = 0;
  std::uint64_t open_files = 0;  // hard limit of descriptors
};

// `launched`: by the launcher, which takes away what the tier uid does not need. What the container
// grants is then what the launcher has.
CallerFacts survey_caller(bool launched);
// `descriptors`: how many the service may come to use at once.
Section judge_caller(const CallerFacts& facts, const Needs& needs, std::uint64_t descriptors);

}  // namespace executor
