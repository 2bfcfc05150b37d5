#include "doctor/finding.h"

#include <algorithm>

namespace executor {
namespace {

// As wide as the widest.
const char* label(CheckResult result) {
  switch (result) {
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

std::string with_title(const Section& section, const Finding& finding) {
  return one_line(section.title + ": " + finding.fact);
}

// The section's absent findings of one remedy.
std::string rendered_group(const Section& section, const std::vector<const Finding*>& group) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(group.size(), kMost); ++i) {
    text += "  " + with_title(section, *group[i]) + "\n";
  }
  if (group.size() > kMost) {
    text += "  and " + std::to_string(group.size() - kMost) + " more like these (--verbose)\n";
  }
  const std::string& remedy = group.front()->remedy;
  return remedy.empty() ? text : text + "    to do: " + one_line(remedy) + "\n";
}

}  // namespace

std::string rendered(const Section& section) {
  std::string text = section.title + "\n";
  for (const Finding& finding : section.findings) {
    std::string line = finding.fact;
    if (finding.result == CheckResult::kAbsent) {
      if (!finding.needed) line += " (optional)";
      if (!finding.remedy.empty()) line += "; to do: " + finding.remedy;
    }
    text += std::string("  ") + label(finding.result) + "  " + one_line(line) + "\n";
  }
  return text;
}

std::string rendered_missing(const std::vector<Section>& sections, bool needed) {
  std::string text;
  for (const Section& section : sections) {
    std::vector<std::vector<const Finding*>> groups;
    for (const Finding& finding : section.findings) {
      if (finding.result != CheckResult::kAbsent || finding.needed != needed) continue;
      const auto same = [&finding](const auto& group) {
        return group.front()->remedy == finding.remedy;
      };
      const auto group = std::find_if(groups.begin(), groups.end(), same);
      if (group != groups.end()) {
        group->push_back(&finding);
      } else {
        groups.push_back({&finding});
      }
    }
    for (const auto& group : groups) text += rendered_group(section, group);
  }
  return text;
}

std::size_t count_missing(const Section& section) {
  return static_cast<std::size_t>(std::count_if(
      section.findings.begin(), section.findings.end(),
      [](const Finding& found) { return found.result == CheckResult::kAbsent && found.needed; }));
}

}  // namespace executor
