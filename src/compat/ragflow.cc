// RAGFlow's code executor (a sandbox of the kind "self_managed"): the program comes in base64 and
// defines main(), which is called with `arguments`. Files that it leaves in artifacts/, which is
// there already, come back, but for empty ones and those whose names begin with a dot.
#include <array>

#include "base/base64.h"
#include "base/utf8.h"
#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"

namespace executor {
namespace {

constexpr std::string_view kArtifacts = "artifacts/";
// Makes the directory.
constexpr std::string_view kInputFiles = R"({"artifacts/.directory": ""})";

struct MediaType {
  std::string_view ending;
  std::string_view type;
};
constexpr std::array<MediaType, 8> kMediaTypes = {{{".png", "image/png"},
                                                   {".jpg", "image/jpeg"},
                                                   {".jpeg", "image/jpeg"},
                                                   {".svg", "image/svg+xml"},
                                                   {".pdf", "application/pdf"},
                                                   {".csv", "text/csv"},
                                                   {".json", "application/json"},
                                                   {".html", "text/html"}}};

std::string_view media_type(std::string_view name) {
  for (const MediaType& type : kMediaTypes) {
    if (name.ends_with(type.ending)) return type.type;
  }
  return "application/octet-stream";
}

Answer refused(int status, std::string_view text) {
  return {status, json_object({{"detail", render_text(text)}}) + "\n"};
}

Translation run(const JsonMembers& body, const RuntimeFacts& /*facts*/) {
  const auto refuse = [](std::string_view text) {
    return Translation{.call = {}, .answer = refused(422, text), .patience = {}};
  };
  if (!is_python(body.string("language"))) return refuse("language must be python");
  const auto source = from_base64(body.string("code_b64"));
  if (!source || source->empty() || !is_valid_utf8(*source)) {
    return refuse("code_b64 must be a program in base64");
  }
  return {.call = Call{json_object({{"script", render_text(*source)},
                                    {"arguments", body["arguments"]},
                                    {"files", kInputFiles},
                                    {"outputs", "[\"artifacts/*\"]"},
                                    {"usage", "true"}}),
                       {}},
          .answer = {},
          .patience = {}};
}

struct Words {
  std::string_view status;
  std::string_view detail;
};

Words words_of(Ending ending) {
  switch (ending) {
    case Ending::kReturned:
      return {"success", {}};
    case Ending::kTimeout:
      return {"resource_limit_exceeded", "time"};
    case Ending::kMemoryLimit:
      return {"resource_limit_exceeded", "memory"};
    case Ending::kOutputLimit:
    case Ending::kFileLimit:
      return {"resource_limit_exceeded", "output"};
    case Ending::kExited:
      return {"runtime_error", "nonzero_exit"};
    case Ending::kCrashed:
      return {"runtime_error", "signalled"};
    case Ending::kBadRequest:
    case Ending::kMissingMain:
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
    case Ending::kInternal:
    case Ending::kCancelled:
      break;
  }
  return {"program_error", {}};
}

std::string artifacts_of(const Outcome& outcome) {
  std::vector<std::string> artifacts;
  if (!outcome.files) return "[]";
  for (const Attachment& file : *outcome.files) {
    if (file.kind != AttachmentKind::kFile) continue;
    std::string_view name = file.name;
    if (name.starts_with(kArtifacts)) name.remove_prefix(kArtifacts.size());
    if (file.bytes.empty() || name.starts_with('.')) continue;
    std::string content = "\"";
    append_base64(content, file.bytes);
    artifacts.push_back(json_object({{"name", render_text(name)},
                                     {"mime_type", render_text(media_type(name))},
                                     {"size", std::to_string(file.bytes.size())},
                                     {"content_b64", content + "\""}}));
  }
  return json_array(artifacts);
}

// Of a run that failed RAGFlow gets its stderr alone: with output or artifacts it would take it for
// one that succeeded, and the output for its value.
Answer ran(const Outcome& outcome, const RuntimeFacts& /*facts*/, const JsonMembers& /*body*/) {
  if (outcome.ending == Ending::kBadRequest) {
    return refused(422, refusal_text(outcome, {{"script", "The program in 'code_b64'"}}));
  }
  if (is_ours(outcome.ending)) return refused(http_status(outcome.ending), outcome.error);
  constexpr std::uint64_t kKilobyte = 1024;
  const bool returned = outcome.ending == Ending::kReturned;
  const Words words = words_of(outcome.ending);
  const std::string result = json_object({{"present", returned ? "true" : "false"},
                                          {"value", returned ? outcome.result_json : "null"},
                                          {"type", returned ? "\"json\"" : "null"}});
  return {200,
          json_object({{"status", render_text(words.status)},
                       {"stdout", render_text(returned ? outcome.out : "")},
                       {"stderr", render_text(returned ? outcome.err : stderr_with_error(outcome))},
                       {"exit_code", std::to_string(shell_status(outcome))},
                       {"time_used_ms", milliseconds_json(outcome.run_seconds)},
                       {"memory_used_kb",
                        std::to_string(outcome.usage.peak_memory.value_or(0) / kKilobyte)},
                       {"detail", words.detail.empty() ? "null" : render_text(words.detail)},
                       {"artifacts", returned ? artifacts_of(outcome) : "[]"},
                       {"result", result}}) +
              "\n"};
}

constexpr std::array kEndpoints = {Endpoint{"POST", "/run", run, ran},
                                   Endpoint{"GET", "/healthz", say_ok, nullptr}};

}  // namespace

std::span<const Endpoint> ragflow_endpoints() {
  return kEndpoints;
}

}  // namespace executor
