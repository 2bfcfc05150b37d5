// FastGPT's sandbox (SANDBOX_URL=http://HOST/compat/fastgpt): main() is called with `variables`, by
// name.
#include <array>

#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"

namespace executor {
namespace {

Answer failed(int status, std::string_view text) {
  return {status, json_object({{"success", "false"}, {"message", render_text(text)}}) + "\n"};
}

Translation python(const JsonMembers& body, const RuntimeFacts& /*facts*/) {
  const std::string_view variables = body["variables"];
  if (!variables.empty() && !is_object(variables)) {
    return {.call = {}, .answer = failed(400, "'variables' must be an object"), .patience = {}};
  }
  return {.call = Call{json_object({{"script", body["code"]}, {"arguments", variables}}), {}},
          .answer = {},
          .patience = {}};
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/) {
  if (outcome.ending == Ending::kBadRequest) return failed(400, outcome.error);
  if (is_ours(outcome.ending)) return failed(http_status(outcome.ending), outcome.error);
  if (outcome.ending != Ending::kReturned) return failed(200, stderr_with_error(outcome));
  const std::string data =
      json_object({{"codeReturn", outcome.result_json}, {"log", render_text(outcome.out)}});
  return {200, json_object({{"success", "true"}, {"data", data}}) + "\n"};
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/sandbox/python", python, ran}};

}  // namespace

std::span<const Endpoint> fastgpt_endpoints() {
  return kEndpoints;
}

}  // namespace executor
