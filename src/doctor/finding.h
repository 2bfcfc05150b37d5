// What the doctor has found out: one fact of the machine, whether it holds, and what to do when it
// does not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace executor {

enum class Verdict : std::uint8_t { kVerified, kAbsent, kNotApplicable };

struct Finding {
  Verdict verdict = Verdict::kNotApplicable;
  std::string fact;    // what was looked for, and what was found
  std::string remedy;  // what to do when it is absent: a command where there is one
  bool needed = true;  // whether the service cannot serve without it
};

struct Chapter {
  std::string title;
  std::vector<Finding> findings;
};

inline Finding verified(std::string fact) {
  return {Verdict::kVerified, std::move(fact), {}, true};
}
inline Finding not_applicable(std::string fact) {
  return {Verdict::kNotApplicable, std::move(fact), {}, false};
}
// The service cannot serve without it.
inline Finding absent(std::string fact, std::string remedy) {
  return {Verdict::kAbsent, std::move(fact), std::move(remedy), true};
}
// The service serves without it, less well.
inline Finding lacking(std::string fact, std::string remedy) {
  return {Verdict::kAbsent, std::move(fact), std::move(remedy), false};
}

// One line for each finding under the chapter's title.
std::string rendered(const Chapter& chapter);

// How many of its findings are absent and needed.
std::size_t count_missing(const Chapter& chapter);

}  // namespace executor
