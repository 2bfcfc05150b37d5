// FastGPT's sandbox (SANDBOX_URL=http://HOST/compat/fastgpt): main() is called with what its
// parameters ask for of `variables` (projects/sandbox/src/pool/worker.py there).
#include <array>

#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"

namespace executor {
namespace {

Answer failed(int status, std::string_view text) {
  return {status, json_object({{"success", "false"}, {"message", render_text(text)}}) + "\n"};
}

// After the script: a main() in front of the script's, where it has one. The variables are globals,
// but for names that the script has itself; one parameter is all of them, several are some by name.
constexpr std::string_view kCall = R"python(

if callable(globals().get("main")):

    def main(variables, main=main):
        from inspect import Parameter, signature

        for name, value in {"variables": variables, **variables}.items():
            globals().setdefault(name, value)
        parameters = signature(main).parameters
        if any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values()):
            return main(**variables)
        if len(parameters) == 1:
            return main(variables)
        return main(**{name: variables[name] for name in parameters if name in variables})
)python";

std::string script_of(const JsonMembers& body) {
  const std::string code = body.string("code");
  return code.empty() ? std::string(body["code"]) : render_text(code + std::string(kCall));
}

Translation python(const JsonMembers& body, const RuntimeFacts& /*facts*/) {
  const std::string_view variables = body["variables"];
  if (!variables.empty() && !is_object(variables)) {
    return {.call = {}, .answer = failed(400, "'variables' must be an object"), .patience = {}};
  }
  const std::string arguments = json_object({{"variables", variables.empty() ? "{}" : variables}});
  return {
      .call = Call{.body = json_object({{"script", script_of(body)}, {"arguments", arguments}})},
      .answer = {},
      .patience = {}};
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/) {
  if (outcome.ending == Ending::kBadRequest) {
    return failed(400, renamed(outcome.error, "'script'", "'code'"));
  }
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
