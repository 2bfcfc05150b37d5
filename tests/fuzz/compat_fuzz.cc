// Bodies of the adapters' requests. The first line of an input is a path below /compat/, the rest
// is the body.
#include <string>
#include <vector>

#include "compat/adapter.h"
#include "contract/json_check.h"
#include "contract/request_body.h"
#include "fuzz/property.h"

namespace executor {
namespace {

const RuntimeFacts kFacts{
    "3.11.2", {{"numpy", "1"}}, {.run = {.memory = 512ULL << 20, .cpu_seconds = 60}}};

void check_outcome(const Endpoint& endpoint, const Outcome& outcome) {
  const Answer answer = endpoint.render(outcome, kFacts);
  must(is_json(answer.body, kMaxRequestDepth + 8), "an answer is JSON");
  const bool refused = outcome.ending == Ending::kBadRequest;
  must(refused || answer.status == 200, "the ending of a run is 200");
}

}  // namespace

void check_properties(std::string_view input) {
  std::string_view body = input;
  const std::string path = "/compat/" + std::string(take_until(body, "\n"));
  std::vector<std::string> all;
  for (const Adapter& adapter : adapters()) all.emplace_back(adapter.name);
  must(find_endpoint(path, "POST", {}) == nullptr, "what is off is not found");
  const Endpoint* endpoint = find_endpoint(path, "POST", all);
  if (endpoint == nullptr || endpoint->render == nullptr) return;
  if (!is_json(body, kMaxRequestDepth)) return;
  const JsonMembers members(body.substr(body.find_first_not_of(" \t\r\n")));
  const Translation translation = endpoint->translate(members, kFacts);
  if (!translation.call) {
    must(is_json(translation.answer.body), "an answer is JSON");
    return;
  }
  must(is_json(translation.call->body, kMaxRequestDepth + 2), "a call is JSON");
  Outcome outcome;
  if (const auto run = request_of(*translation.call, kFacts.limits)) {
    outcome.out = run->job.source;
    outcome.result_json = "null";
    for (const Ending ending : {Ending::kReturned, Ending::kException, Ending::kTimeout,
                                Ending::kCrashed, Ending::kOutputLimit, Ending::kMemoryLimit}) {
      outcome.ending = ending;
      outcome.error = ending == Ending::kReturned ? "" : "why";
      check_outcome(*endpoint, outcome);
    }
  } else {
    outcome.ending = Ending::kBadRequest;
    outcome.error = run.error().error;
    check_outcome(*endpoint, outcome);
  }
}

}  // namespace executor
