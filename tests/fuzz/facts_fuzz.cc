// What a canary printed: read line by line, and never taken for the facts of a sandbox that it is
// not.
#include <string>
#include <vector>

#include "contract/json_check.h"
#include "contract/render.h"
#include "fuzz/property.h"
#include "jail/attestation.h"

namespace executor {
namespace {

// The facts that attest a sandbox, learned from what is said to be missing when nothing is known:
// `name is unknown, not "value"`.
Facts read_promises() {
  constexpr std::string_view kBetween = " is unknown, not \"";
  Facts promises;
  for (const std::string& text : missing_facts(Setup(), {}, {})) {
    const std::size_t at = text.find(kBetween);
    must(at != std::string::npos && text.ends_with('"'), "a missing fact is named with its value");
    const std::string value = text.substr(at + kBetween.size());
    promises[text.substr(0, at)] = value.substr(0, value.size() - 1);
  }
  return promises;
}

Facts facts_by_hand(std::string_view printed) {
  Facts facts;
  while (!printed.empty()) {
    std::string_view value = take_until(printed, "\n");
    if (value.find('\t') == std::string_view::npos) continue;
    const std::string name(take_until(value, "\t"));
    facts[name] = std::string(value);
  }
  return facts;
}

// With the printed facts in place of its own a sandbox is attested only when they say the same.
void check_judgement(const Facts& printed) {
  static const Facts promises = read_promises();
  Facts facts = promises;
  std::size_t broken = 0;
  for (const auto& [name, value] : printed) {
    const auto promise = promises.find(name);
    if (promise != promises.end() && promise->second != value) ++broken;
    facts[name] = value;
  }
  const std::vector<std::string> missing = missing_facts(Setup(), facts, facts);
  must(missing.size() == broken, "each promise that is broken is reported");
  for (const std::string& text : missing) {
    must(is_json(render_unhealthy(text).body), "what is missing can be answered");
  }
}

}  // namespace

void check_properties(std::string_view input) {
  const Facts facts = parse_facts(input);
  must(facts == facts_by_hand(input), "a fact is a name, a tab and the rest of the line");
  check_judgement(facts);
}

}  // namespace executor
