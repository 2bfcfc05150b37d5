// The doctor's findings: one fact about the machine, whether it holds, and what to do when it does
// not.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace executor {

enum class CheckResult : std::uint8_t { kVerified, kAbsent, kNotApplicable };

struct Finding {
  CheckResult result = CheckResult::kNotApplicable;
  std::string fact;    // what was looked for, and what was found
  std::string remedy;  // what to do when it is absent: a command where there is one
  bool needed = true;  // whether the service cannot serve without it
};

struct Section {
  std::string title;
  std::vector<Finding> findings;
};

inline Finding verified(std::string fact) {
  return {CheckResult::kVerified, std::move(fact), {}, true};
}
inline Finding not_applicable(std::string fact) {
  return {CheckResult::kNotApplicable, std::move(fact), {}, false};
}
// The service cannot serve without it.
inline Finding missing_required(std::string fact, std::string remedy) {
  return {CheckResult::kAbsent, std::move(fact), std::move(remedy), true};
}
// The service serves without it, less well.
inline Finding missing_optional(std::string fact, std::string remedy) {
  return {CheckResult::kAbsent, std::move(fact), std::move(remedy), false};
}

// Absent in one of the two ways, unless it is fine.
inline Finding graded(bool fine, bool needed, std::string fact, std::string remedy) {
  if (fine) return verified(std::move(fact));
  return needed ? missing_required(std::move(fact), std::move(remedy))
                : missing_optional(std::move(fact), std::move(remedy));
}

// One line for each finding under the section's title.
std::string rendered(const Section& section);

// What is absent and needed, or absent and optional, with the remedies; those of a section that
// have the same remedy together, and of many of those the first. Empty when nothing is absent.
std::string rendered_missing(const std::vector<Section>& sections, bool needed);

// How many of its findings are absent and needed.
std::size_t count_missing(const Section& section);

}  // namespace executor
