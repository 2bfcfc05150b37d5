// SandboxFusion's POST /run_code, which those who train models send by the thousand: a request
// waits for its turn as long as its run may take. 504 is the one status that they send again;
// everything else that is not 200 they count as the program's fault, so that what is ours is 504.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "contract/json_text.h"
#include "contract/lower_limits.h"

namespace executor {
namespace {

constexpr int kTryAgain = 504;

Answer answer(std::string_view status, std::string_view text, std::string_view run_result,
              std::string_view files) {
  return {200, json_object({{"status", render_text(status)},
                            {"message", render_text(text)},
                            {"compile_result", "null"},
                            {"run_result", run_result},
                            {"executor_pod_name", "null"},
                            {"files", files}}) +
                   "\n"};
}

Answer refused(std::string_view text) {
  return answer("SandboxError", text, "null", "{}");
}

// {"path": "base64"} as `files` of POST /execute; nothing when it is no such object.
std::optional<std::string> input_files(std::string_view object) {
  std::string json = "{";
  if (object.empty()) return "{}";
  if (!is_object(object)) return std::nullopt;
  const bool fit = each_member(object, [&json](std::string_view path, std::string_view content) {
    if (content == "null") return true;
    if (!is_string(content)) return false;
    json.append(json.size() > 1 ? ", " : "").append(path).append(": {\"base64\": ");
    json.append(content).append("}");
    return true;
  });
  if (!fit) return std::nullopt;
  return json + "}";
}

// Nothing where that is no less than what any run has: its clients name a limit in every request.
std::string limits_of(std::string_view megabytes, const LowerLimits& most) {
  const double bytes = number_of(megabytes) * static_cast<double>(kMebi);
  if (bytes >= static_cast<double>(most.memory)) return {};
  return json_object({{"memory_mb", limit_of("memory_mb", bytes, most)}});
}

// How long it may wait: as long as it may run.
std::optional<std::chrono::duration<double>> patience_of(std::string_view seconds) {
  constexpr double kDefault = 10;
  constexpr double kMost = 3600;
  double value = kDefault;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  return std::chrono::duration<double>(std::clamp(value, 1.0, kMost));
}

Translation run_code(const JsonMembers& body, const RuntimeFacts& facts) {
  const std::string language = body.string("language");
  const auto files = input_files(body["files"]);
  if (!is_python(language)) {
    return {.call = {}, .answer = refused("unsupported language: " + language), .patience = {}};
  }
  if (!files) {
    return {.call = {}, .answer = refused("'files' must be an object of base64"), .patience = {}};
  }
  const std::string_view given = body["run_timeout"];
  const std::string timeout = at_most(given.empty() ? "10" : given, facts.limits.max_timeout);
  const std::string_view wanted = body["fetch_files"];
  return {
      .call = Call{json_object({{"code", body["code"]},
                                {"stdin", body["stdin"]},
                                {"timeout", timeout},
                                {"limits", limits_of(body["memory_limit_MB"], facts.limits.run)},
                                {"files", *files},
                                {"outputs", wanted == "[]" ? "" : wanted}}),
                   {}},
      .answer = {},
      .patience = patience_of(timeout)};
}

std::string output_files(const Outcome& outcome) {
  std::string json = "{";
  if (!outcome.files) return "{}";
  for (const Attachment& file : *outcome.files) {
    if (file.kind != AttachmentKind::kFile) continue;
    json.append(json.size() > 1 ? ", " : "").append(render_text(file.name)).append(": \"");
    append_base64(json, file.bytes);
    json += '"';
  }
  return json + "}";
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/) {
  if (outcome.ending == Ending::kBadRequest) {
    return refused(refusal_text(outcome.error, "'timeout'", "'run_timeout'"));
  }
  if (is_ours(outcome.ending)) {
    Answer later = refused(outcome.error);
    later.status = kTryAgain;
    return later;
  }
  const bool fine = outcome.ending == Ending::kReturned;
  const bool late = outcome.ending == Ending::kTimeout;
  const std::string result =
      json_object({{"status", late ? "\"TimeLimitExceeded\"" : "\"Finished\""},
                   {"execution_time", std::to_string(std::clamp(outcome.run_seconds, 0.0, 1e6))},
                   {"return_code", late ? "null" : std::to_string(shell_status(outcome))},
                   {"stdout", render_text(outcome.out)},
                   {"stderr", render_text(fine ? outcome.err : stderr_with_error(outcome))}});
  return answer(fine ? "Success" : "Failed", "", result, output_files(outcome));
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/run_code", run_code, ran}};

}  // namespace

std::span<const Endpoint> sandboxfusion_endpoints() {
  return kEndpoints;
}

}  // namespace executor
