#include "front/facts.h"

#include <chrono>
#include <string>

#include "compat/json_read.h"
#include "contract/json_text.h"

namespace executor {
namespace {

constexpr const char* kScript =
    "def main():\n"
    "    import importlib.metadata, platform\n"
    "    found = {d.metadata['Name']: d.version for d in importlib.metadata.distributions()}\n"
    "    return {'python': platform.python_version(),\n"
    "            'packages': sorted(([n, v] for n, v in found.items() if n and v),\n"
    "                               key=lambda p: p[0].lower())}\n";

constexpr std::chrono::hours kLong{24};
constexpr std::chrono::seconds kSoon{5};

// What the script has returned; a claim, but of our own script's.
RuntimeFacts read(std::string_view result) {
  const JsonMembers members(result);
  RuntimeFacts facts;
  facts.python = members.string("python");
  if (!is_array(members["packages"])) return facts;
  each_element(members["packages"], [&facts](std::string_view pair) {
    std::vector<std::string> texts;
    if (!is_array(pair)) return false;
    each_element(pair, [&texts](std::string_view text) {
      texts.push_back(string_of(text).value_or(""));
      return true;
    });
    if (texts.size() == 2) facts.packages.push_back({texts[0], texts[1]});
    return true;
  });
  return facts;
}

}  // namespace

RuntimeFacts Facts::get() {
  const std::lock_guard lock(mutex_);
  if (fresh_ && !fresh_->passed()) return facts_;
  constexpr std::chrono::seconds kTimeout{10};
  RunRequest request;
  request.job.source = kScript;
  request.timeout = kTimeout;
  const Execution execution = service_.execute(request, Caller());
  const bool known = execution.outcome.ending == Ending::kReturned;
  if (known) facts_ = read(execution.outcome.result_json);
  fresh_ = known ? Deadline::after(kLong) : Deadline::after(kSoon);
  return facts_;
}

void Facts::forget() {
  const std::lock_guard lock(mutex_);
  fresh_.reset();
}

}  // namespace executor
