// SandboxFusion's POST /run_code, which those who train models send by the thousand: a request
// waits for its turn as long as its run may take. 504 is the one status that they send again;
// everything else that is not 200 they count as the program's fault, so that what is ours is 504.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <vector>

#include "base/base64.h"
#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "contract/json_text.h"
#include "contract/lower_limits.h"

namespace executor {
namespace {

constexpr int kTryAgain = 504;
constexpr std::string_view kFiles = "an object of at most 4096 paths, each with base64";

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

// A path from the working directory, as POST /execute has it: a client's may begin with '/' or
// "./".
std::string path_of(std::string_view name) {
  std::string path;
  while (!name.empty()) {
    const std::string_view component = name.substr(0, name.find('/'));
    name.remove_prefix(std::min(component.size() + 1, name.size()));
    if (component.empty() || component == ".") continue;
    path.append(path.empty() ? "" : "/").append(component);
  }
  return path;
}

// The glob that matches this path alone.
std::string glob_of(std::string_view path) {
  std::string glob;
  for (const char c : path) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

// `outputs` of POST /execute; "" for none; nothing when it is no array of texts.
std::optional<std::string> globs_of(std::string_view wanted) {
  std::vector<std::string> globs;
  if (wanted.empty()) return "";
  if (!is_array(wanted)) return std::nullopt;
  const bool fit = each_element(wanted, [&globs](std::string_view element) {
    const auto name = string_of(element);
    const std::string path = path_of(name.value_or(""));
    if (!path.empty()) globs.push_back(render_text(glob_of(path)));
    return name.has_value();
  });
  if (!fit) return std::nullopt;
  return globs.empty() ? "" : json_array(globs);
}

// {"path": "base64"} as `files` of POST /execute; nothing when it is no such object.
std::optional<std::string> input_files(std::string_view object) {
  std::string json = "{";
  if (object.empty()) return "{}";
  if (!is_object(object)) return std::nullopt;
  const bool fit = each_member(object, [&json](std::string_view path, std::string_view content) {
    if (content == "null") return true;
    if (!is_string(content)) return false;
    json.append(json.size() > 1 ? ", " : "");
    json.append(render_text(path_of(string_of(path).value_or("")))).append(": {\"base64\": ");
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
  const auto globs = globs_of(body["fetch_files"]);
  if (!is_python(language)) {
    return {.call = {}, .answer = refused("unsupported language: " + language), .patience = {}};
  }
  if (!files) {
    return {.call = {}, .answer = refused("'files' must be an object of base64"), .patience = {}};
  }
  if (!globs) {
    return {
        .call = {}, .answer = refused("'fetch_files' must be an array of paths"), .patience = {}};
  }
  const std::string_view given = body["run_timeout"];
  const std::string timeout = at_most(given.empty() ? "10" : given, facts.limits.max_timeout);
  return {
      .call = Call{json_object({{"code", runnable(body["code"])},
                                {"stdin", body["stdin"]},
                                {"timeout", timeout},
                                {"limits", limits_of(body["memory_limit_MB"], facts.limits.run)},
                                {"on_output_limit", "\"truncate\""},
                                {"files", *files},
                                {"outputs", *globs}})},
      .answer = {},
      .patience = patience_of(timeout)};
}

const Attachment* found(const std::vector<Attachment>& files, std::string_view path) {
  const auto is_it = [path](const Attachment& file) {
    return file.kind == AttachmentKind::kFile && file.name == path;
  };
  const auto file = std::find_if(files.begin(), files.end(), is_it);
  return file == files.end() ? nullptr : &*file;
}

// Each by the name that was asked for.
std::string output_files(const Outcome& outcome, std::string_view wanted) {
  std::set<std::string> names;
  std::string json = "{";
  if (!outcome.files || !is_array(wanted)) return "{}";
  each_element(wanted, [&](std::string_view element) {
    const std::string name = string_of(element).value_or("");
    const Attachment* const file = found(*outcome.files, path_of(name));
    if (file == nullptr || !names.insert(name).second) return true;
    json.append(json.size() > 1 ? ", " : "").append(render_text(name)).append(": \"");
    append_base64(json, file->bytes);
    json += '"';
    return true;
  });
  return json + "}";
}

Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/, const JsonMembers& body) {
  if (outcome.ending == Ending::kBadRequest) {
    return refused(
        refusal_text(outcome, {{"timeout", "'run_timeout'"},
                               {"outputs", "'fetch_files'", "an array of at most 64 paths"},
                               {"files", "'files'", kFiles}}));
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
  return answer(fine ? "Success" : "Failed", "", result,
                output_files(outcome, body["fetch_files"]));
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/run_code", run_code, ran}};

}  // namespace

std::span<const Endpoint> sandboxfusion_endpoints() {
  return kEndpoints;
}

}  // namespace executor
