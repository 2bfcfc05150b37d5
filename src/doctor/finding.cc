#include "doctor/finding.h"

#include <algorithm>

namespace executor {
namespace {

// As wide as the widest.
const char* label(CheckResult verdict) {
  switch (verdict) {
    case CheckResult::kVerified:
      return "verified      ";
    case CheckResult::kAbsent:
      return "absent        ";
    case CheckResult::kNotApplicable:
      return "not applicable";
  }
  return "";
}

// What was found comes from files and programs: it may hold anything, and each fact is one line.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

std::string rendered(const Section& section) {
  std::string text = section.title + "\n";
  for (const Finding& finding : section.findings) {
    std::string line = finding.fact;
    if (finding.verdict == CheckResult::kAbsent) {
      if (!finding.needed) line += " (optional)";
      if (!finding.remedy.empty()) line += "; to do: " + finding.remedy;
    }
    text += std::string("  ") + label(finding.verdict) + "  " + one_line(line) + "\n";
  }
  return text;
}

std::size_t count_missing(const Section& section) {
  return static_cast<std::size_t>(std::count_if(
      section.findings.begin(), section.findings.end(),
      [](const Finding& found) { return found.verdict == CheckResult::kAbsent && found.needed; }));
}

}  // namespace executor
