// LibreChat's code interpreter (LIBRECHAT_CODE_BASEURL=http://HOST/compat/librechat): its /exec,
// with the words for a run's end that it looks for. There is no store of files: those of a request
// come with their content. It retries a 429 with this body; nginx's own 429 has it too
// (nginx/http.conf).
#include <array>

#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"

namespace executor {
namespace {

constexpr std::string_view kFiles =
    "an array of at most 4096 files, each with a 'name' and its 'content'";

Answer failed(int status, std::string_view error) {
  return {status, json_object({{"error", render_text(error)}}) + "\n"};
}

Translation refused(std::string_view error) {
  return {.call = {}, .answer = failed(400, error), .patience = {}};
}

// `args` may be a single one; an empty text is none.
std::string argv_of(std::string_view args) {
  if (args == "\"\"") return {};
  return is_string(args) ? "[" + std::string(args) + "]" : std::string(args);
}

Translation exec(const JsonMembers& body, const RuntimeFacts& /*facts*/) {
  const std::string language = body.string("lang");
  if (!is_python(language)) return refused("Unsupported language: " + language);
  const auto files = files_of(body["files"], "name", "content", false);
  if (!files) return refused("'files' must have a name and its content each: none are stored here");
  return {.call = Call{json_object(
              {{"code", body["code"]}, {"argv", argv_of(body["args"])}, {"files", *files}})},
          .answer = {},
          .patience = {}};
}

// The words that LibreChat compares; "" for a run that came to its end.
std::string error_of(const Outcome& outcome) {
  switch (outcome.ending) {
    case Ending::kReturned:
      return {};
    case Ending::kTimeout:
      return "Time limit exceeded";
    case Ending::kMemoryLimit:
      return "Out of memory";
    case Ending::kOutputLimit:
      return outcome.error.ends_with("stderr") ? "stderr length exceeded"
                                               : "stdout length exceeded";
    case Ending::kBadRequest:
    case Ending::kMissingMain:
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
    case Ending::kExited:
    case Ending::kFileLimit:
    case Ending::kCrashed:
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
    case Ending::kInternal:
    case Ending::kCancelled:
      break;
  }
  return "Sandbox exited with code " + std::to_string(shell_status(outcome));
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/, const JsonMembers& /*body*/) {
  if (outcome.ending == Ending::kBadRequest) {
    return failed(400, refusal_text(outcome, {{"argv", "'args'"}, {"files", "'files'", kFiles}}));
  }
  if (outcome.ending == Ending::kOverloaded) {
    return {429, "{\"error\": \"rate_limited\", \"retry_after_seconds\": 1}\n"};
  }
  if (is_ours(outcome.ending)) return failed(http_status(outcome.ending), outcome.error);
  const std::string error = error_of(outcome);
  const std::string err = error.empty() ? outcome.err : stderr_with_error(outcome);
  return {200, json_object({{"stdout", render_text(outcome.out)},
                            {"stderr", render_text(err)},
                            {"error", error.empty() ? "" : render_text(error)},
                            {"files", "[]"}}) +
                   "\n"};
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/exec", exec, ran}};

}  // namespace

std::span<const Endpoint> librechat_endpoints() {
  return kEndpoints;
}

}  // namespace executor
