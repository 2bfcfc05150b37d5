// Onyx's code interpreter (CODE_INTERPRETER_BASE_URL=http://HOST/compat/onyx). Its files are ids of
// a store, which this service does not have. Onyx also works without /v1/execute/stream, which is
// not served here.
#include <array>

#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "contract/decimal.h"
#include "contract/json_text.h"

namespace executor {
namespace {

Answer refused(int status, std::string_view text) {
  return {status, json_object({{"detail", render_text(text)}}) + "\n"};
}

// Onyx asks for its own sandbox's most, a minute, for each run.
std::string timeout_of(const JsonMembers& body, const RuntimeFacts& facts) {
  const std::string_view given = body["timeout_ms"];
  return at_most(seconds_of_milliseconds(given.empty() ? "2000" : given), facts.limits.max_timeout);
}

Translation execute(const JsonMembers& body, const RuntimeFacts& facts) {
  const std::string_view files = body["files"];
  if (!files.empty() && !(is_array(files) && each_element(files, [](auto) { return false; }))) {
    return {.call = {}, .answer = refused(422, "There is no store of files here"), .patience = {}};
  }
  // The last line's value is printed, as an interactive interpreter does, unless that is not
  // wanted.
  const bool quiet = body["last_line_interactive"] == "false";
  return {.call = Call{json_object({{"code", runnable(body["code"])},
                                    {"stdin", body["stdin"]},
                                    {"timeout", timeout_of(body, facts)},
                                    {"last_value", quiet ? "false" : "true"}}),
                       {}},
          .answer = {},
          .patience = {}};
}

std::string printed(const Outcome& outcome) {
  const auto value = string_of(outcome.last_value_json);
  return value ? outcome.out + *value + "\n" : outcome.out;
}

// The one text of POST /execute in which its seconds are seen.
std::string error_of(const Outcome& outcome, const RuntimeFacts& facts) {
  constexpr double kMilliseconds = 1000;
  if (!outcome.error.starts_with("'timeout'")) return refusal_text(outcome);
  return "'timeout_ms' must be a number of milliseconds greater than 0 and at most " +
         decimal(facts.limits.max_timeout.count() * kMilliseconds, 3);
}

Answer ran(const Outcome& outcome, const RuntimeFacts& facts, const JsonMembers& /*body*/) {
  if (outcome.ending == Ending::kBadRequest) return refused(422, error_of(outcome, facts));
  if (is_ours(outcome.ending)) return refused(http_status(outcome.ending), outcome.error);
  const bool fine = outcome.ending == Ending::kReturned;
  const bool late = outcome.ending == Ending::kTimeout;
  return {200,
          json_object({{"stdout", render_text(printed(outcome))},
                       {"stderr", render_text(fine ? outcome.err : stderr_with_error(outcome))},
                       {"exit_code", late ? "null" : std::to_string(shell_status(outcome))},
                       {"timed_out", late ? "true" : "false"},
                       {"duration_ms", milliseconds_json(outcome.run_seconds)},
                       {"files", "[]"}}) +
              "\n"};
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/v1/execute", execute, ran},
                                   Endpoint{"GET", "/health", say_ok, nullptr}};

}  // namespace

std::span<const Endpoint> onyx_endpoints() {
  return kEndpoints;
}

}  // namespace executor
