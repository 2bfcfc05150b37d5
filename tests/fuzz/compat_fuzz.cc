// Bodies of the adapters' requests. The first line of an input is a path below /compat/, the rest
// is the body.
#include <string>
#include <vector>

#include "compat/adapter.h"
#include "contract/json_body.h"
#include "contract/json_check.h"
#include "contract/request_body.h"
#include "fuzz/property.h"

namespace executor {
namespace {

const RuntimeFacts kFacts{
    "3.11.2", {{"numpy", "1"}}, {.run = {.memory = 512ULL << 20, .cpu_seconds = 60}}};

void check_outcome(const Endpoint& endpoint, const Outcome& outcome, const JsonMembers& body) {
  const Answer answer = endpoint.render(outcome, kFacts, body);
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
  Outcome outcome;
  const auto json = read_json(body, "");
  if (!json) {
    outcome.ending = Ending::kBadRequest;
    outcome.error = json.error().error;
    return check_outcome(*endpoint, outcome, JsonMembers());
  }
  const JsonMembers members(json->text());
  const Translation translation = endpoint->translate(members, kFacts);
  if (!translation.call) {
    must(is_json(translation.answer.body), "an answer is JSON");
    return;
  }
  must(is_json(translation.call->body, kMaxRequestDepth + 2), "a call is JSON");
  if (const auto run = request_of(*translation.call, kFacts.limits)) {
    outcome.out = run->job.source;
    outcome.result_json = "null";
    for (const Ending ending : {Ending::kReturned, Ending::kException, Ending::kTimeout,
                                Ending::kCrashed, Ending::kOutputLimit, Ending::kMemoryLimit}) {
      outcome.ending = ending;
      outcome.error = ending == Ending::kReturned ? "" : "why";
      check_outcome(*endpoint, outcome, members);
    }
  } else {
    outcome.ending = Ending::kBadRequest;
    outcome.error = run.error().error;
    check_outcome(*endpoint, outcome, members);
  }
}

}  // namespace executor
