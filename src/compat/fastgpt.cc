// FastGPT's sandbox (CODE_SANDBOX_URL, SANDBOX_URL in older releases): main() is called with what
// its parameters ask for of `variables`, which are globals of the script (python-bootstrap.py in
// projects/code-sandbox there). A single parameter that is not named like one gets all of them.
#include <array>

#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"

namespace executor {
namespace {

Answer failed(int status, std::string_view text) {
  return {status, json_object({{"success", "false"}, {"message", render_text(text)}}) + "\n"};
}

// Each variable, and last, so that it counts, all of them as `variables`.
std::string globals_of(std::string_view variables) {
  std::string json(variables.substr(0, variables.size() - 1));
  const bool has_some = json.find_first_not_of(" \t\r\n", 1) != std::string::npos;
  return json.append(has_some ? ", " : "").append("\"variables\": ").append(variables) + "}";
}

Translation python(const JsonMembers& body, const RuntimeFacts& /*facts*/) {
  const std::string_view given = body["variables"];
  if (!given.empty() && !is_object(given)) {
    return {.call = {}, .answer = failed(400, "'variables' must be an object"), .patience = {}};
  }
  const std::string_view variables = given.empty() ? "{}" : given;
  return {.call = Call{.body = json_object({{"script", body["code"]}, {"arguments", variables}}),
                       .variables = globals_of(variables),
                       .fit = true},
          .answer = {},
          .patience = {}};
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/, const JsonMembers& /*body*/) {
  if (outcome.ending == Ending::kBadRequest) {
    return failed(400, refusal_text(outcome, {{"script", "'code'"}}));
  }
  if (is_ours(outcome.ending)) return failed(http_status(outcome.ending), outcome.error);
  if (outcome.ending != Ending::kReturned) return failed(200, stderr_with_error(outcome));
  // Its log is lines with line breaks between them.
  std::string_view log = outcome.out;
  if (log.ends_with('\n')) log.remove_suffix(1);
  const std::string data =
      json_object({{"codeReturn", outcome.result_json}, {"log", render_text(log)}});
  return {200, json_object({{"success", "true"}, {"data", data}}) + "\n"};
}

Translation modules(const JsonMembers& /*body*/, const RuntimeFacts& facts) {
  std::vector<std::string> names;
  for (const Package& package : facts.packages) names.push_back(render_text(package.name));
  const std::string data =
      json_object({{"js", "[]"}, {"python", json_array(names)}, {"builtinGlobals", "[]"}});
  const std::string body = json_object({{"success", "true"}, {"data", data}}) + "\n";
  return {.call = {}, .answer = {200, body}, .patience = {}};
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/sandbox/python", python, ran},
                                   Endpoint{"GET", "/sandbox/modules", modules, nullptr, true}};

}  // namespace

std::span<const Endpoint> fastgpt_endpoints() {
  return kEndpoints;
}

}  // namespace executor
