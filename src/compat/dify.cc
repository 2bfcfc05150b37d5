// Dify's sandbox (CODE_EXECUTION_ENDPOINT=http://HOST/compat/dify): also FastGPT's and others' that
// speak its interface. Every answer that Dify is to read is 200 with a `code`; anything in
// `data.error` fails its node, so that a run that succeeds has none, whatever it wrote to stderr.
// It reports a 503 as unavailable.
#include <array>
#include <utility>

#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "contract/decimal.h"

namespace executor {
namespace {

constexpr int kRefused = -400;

Answer answer(int status, int code, std::string_view message, std::string_view data) {
  return {status,
          json_object(
              {{"code", std::to_string(code)}, {"message", render_text(message)}, {"data", data}}) +
              "\n"};
}

Answer refused(std::string_view message) {
  return answer(200, kRefused, message, "null");
}

Translation run(const JsonMembers& body, const RuntimeFacts& facts) {
  const std::string language = body.string("language");
  if (!is_python(language)) {
    return {.call = {}, .answer = refused("unsupported language: " + language), .patience = {}};
  }
  std::string preload = body.string("preload");
  if (preload.size() > facts.limits.max_source) {
    const std::string most = megabytes(facts.limits.max_source);
    return {.call = {},
            .answer = refused("'preload' must be a string of at most " + most),
            .patience = {}};
  }
  return {.call = Call{.body = json_object({{"code", runnable(body["code"])}}),
                       .preamble = std::move(preload)},
          .answer = {},
          .patience = {}};
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/, const JsonMembers& /*body*/) {
  if (outcome.ending == Ending::kBadRequest) return refused(refusal_text(outcome));
  if (is_ours(outcome.ending)) {
    return answer(http_status(outcome.ending), -http_status(outcome.ending), outcome.error, "null");
  }
  const std::string error =
      outcome.ending == Ending::kReturned ? std::string() : stderr_with_error(outcome);
  return answer(200, 0, "success",
                json_object({{"stdout", render_text(outcome.out)},
                             {"stderr", render_text(outcome.err)},
                             {"error", render_text(error)},
                             {"exit_code", std::to_string(shell_status(outcome))}}));
}

Translation dependencies(const JsonMembers& /*body*/, const RuntimeFacts& facts) {
  std::vector<std::string> packages;
  for (const Package& package : facts.packages) {
    packages.push_back(json_object(
        {{"name", render_text(package.name)}, {"version", render_text(package.version)}}));
  }
  const std::string data = json_object({{"dependencies", json_array(packages)}});
  return {.call = {}, .answer = answer(200, 0, "success", data), .patience = {}};
}

Translation health(const JsonMembers& /*body*/, const RuntimeFacts& /*facts*/) {
  return {.call = {}, .answer = {200, "\"ok\"\n"}, .patience = {}};
}

constexpr std::array kEndpoints = {
    Endpoint{"POST", "/v1/sandbox/run", run, ran},
    Endpoint{"GET", "/v1/sandbox/dependencies", dependencies, nullptr, true},
    Endpoint{"GET", "/health", health, nullptr}};

}  // namespace

std::span<const Endpoint> dify_endpoints() {
  return kEndpoints;
}

}  // namespace executor
