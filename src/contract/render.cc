// The bodies of the contract, written the way Python's json.dumps would: ", " and ": " between,
// text as UTF-8, control characters escaped.
#include "contract/render.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64.h"
#include "base/utf8.h"
#include "contract/decimal.h"

namespace executor {
namespace {

constexpr std::array<bool, 256> make_needs_escape() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}
constexpr std::array<bool, 256> kNeedsEscape = make_needs_escape();

bool needs_escape(char c) {
  return kNeedsEscape[static_cast<unsigned char>(c)];
}

void append_escape(std::string& json, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      json += "\\\"";
      return;
    case '\\':
      json += "\\\\";
      return;
    case '\n':
      json += "\\n";
      return;
    case '\r':
      json += "\\r";
      return;
    case '\t':
      json += "\\t";
      return;
    case '\b':
      json += "\\b";
      return;
    case '\f':
      json += "\\f";
      return;
    default:
      json += "\\u00";
      json += kHex[static_cast<unsigned char>(c) >> 4U];
      json += kHex[static_cast<unsigned char>(c) & 0xFU];
  }
}

void append_string(std::string& json, std::string_view text) {
  json += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const special = std::find_if(at, end, needs_escape);
    json.append(at, special);
    at = special;
    if (at != end) append_escape(json, *at++);
  }
  json += '"';
}

// How long append_string() makes it.
std::size_t string_size(std::string_view text) {
  constexpr std::size_t kLongestEscape = 6;
  const auto escapes = std::count_if(text.begin(), text.end(), needs_escape);
  return text.size() + 2 + (kLongestEscape - 1) * static_cast<std::size_t>(escapes);
}

bool is_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && is_valid_utf8(bytes);
}

std::size_t content_size(std::string_view bytes) {
  constexpr std::size_t kAround = sizeof R"({"base64": ""})";
  return is_text(bytes) ? string_size(bytes) : base64_size(bytes.size()) + kAround;
}

// A file as a request may send it: text where it is text, else base64.
void append_content(std::string& json, std::string_view bytes) {
  if (is_text(bytes)) return append_string(json, bytes);
  json += "{\"base64\": \"";
  append_base64(json, bytes);
  json += "\"}";
}

// One JSON object, written from front to back.
class ObjectWriter {
 public:
  // `expected_size` is what to reserve, in bytes.
  explicit ObjectWriter(std::size_t expected_size) {
    json_.reserve(expected_size);
    json_ += '{';
  }

  void add_string(std::string_view key, std::string_view text) {
    begin(key);
    append_string(json_, text);
  }
  // `json` is a JSON value already.
  void add_json(std::string_view key, std::string_view json) {
    begin(key);
    json_ += json;
  }
  // Each in base64.
  void add_binaries(std::string_view key, const std::vector<std::string>& binaries) {
    begin(key);
    json_ += '[';
    for (const std::string& bytes : binaries) {
      if (json_.back() != '[') json_ += ", ";
      json_ += '"';
      append_base64(json_, bytes);
      json_ += '"';
    }
    json_ += ']';
  }
  void add_strings(std::string_view key, const std::vector<std::string>& texts) {
    begin(key);
    json_ += '[';
    for (const std::string& text : texts) {
      if (json_.back() != '[') json_ += ", ";
      append_string(json_, text);
    }
    json_ += ']';
  }
  // The attachments of a kind as an object: name to content.
  void add_contents(std::string_view key, const std::vector<Attachment>& attachments,
                    AttachmentKind kind) {
    begin(key);
    json_ += '{';
    bool first = true;
    for (const Attachment& attachment : attachments) {
      if (attachment.kind != kind) continue;
      if (!std::exchange(first, false)) json_ += ", ";
      append_string(json_, attachment.name);
      json_ += ": ";
      append_content(json_, attachment.bytes);
    }
    json_ += '}';
  }
  std::string finish() && {
    json_ += "}\n";
    return std::move(json_);
  }

 private:
  void begin(std::string_view key) {
    if (json_.size() > 1) json_ += ", ";
    append_string(json_, key);
    json_ += ": ";
  }

  std::string json_;
};

// Always a JSON float, to the microsecond. A clock that misbehaves must not make the body invalid.
std::string seconds_json(double seconds) {
  const double sane = seconds > 0 ? std::min(seconds, 1e9) : 0;
  const std::string text = decimal(sane, 6);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

// The service's own fault is answered with one fixed text, so that no detail that the outcome
// carries for the log gets out.
std::string error_shown(const Outcome& outcome) {
  return outcome.ending == Ending::kInternal ? internal_error_text() : outcome.error;
}

bool has(const std::vector<Attachment>& attachments, AttachmentKind kind) {
  return std::any_of(attachments.begin(), attachments.end(),
                     [kind](const Attachment& attachment) { return attachment.kind == kind; });
}

void add_files(ObjectWriter& body, const Outcome& outcome) {
  if (!outcome.files) return;
  body.add_contents("files", *outcome.files, AttachmentKind::kFile);
  if (has(*outcome.files, AttachmentKind::kOmittedFile)) {
    body.add_contents("files_omitted", *outcome.files, AttachmentKind::kOmittedFile);
  }
}

// Whether the evidence of an ending is that of a limit.
bool is_limit(Ending ending) {
  return ending == Ending::kTimeout || ending == Ending::kMemoryLimit ||
         ending == Ending::kFileLimit || ending == Ending::kOutputLimit;
}

// Unknown values are left out.
std::string usage_json(const Outcome& outcome) {
  constexpr double kBytesPerMegabyte = 1048576;
  const Usage& usage = outcome.usage;
  std::string json = "{\"wall_seconds\": " + seconds_json(outcome.run_seconds);
  if (usage.cpu_seconds) json += ", \"cpu_seconds\": " + seconds_json(*usage.cpu_seconds);
  if (usage.peak_memory) {
    const double megabytes = static_cast<double>(*usage.peak_memory) / kBytesPerMegabyte;
    json += ", \"memory_mb\": " + decimal(megabytes, 3);
  }
  if (usage.exit_code) json += ", \"exit_code\": " + std::to_string(*usage.exit_code);
  if (usage.signal) json += ", \"signal\": " + std::to_string(*usage.signal);
  if (is_limit(outcome.ending)) {
    json += ", \"evidence\": " + render_text(name_of(outcome.evidence));
  }
  return json + "}";
}

// What a run gives back besides its result, if it was asked for.
void add_attachments(ObjectWriter& body, const Outcome& outcome) {
  if (outcome.images) body.add_binaries("images", *outcome.images);
  if (!outcome.last_value_json.empty()) body.add_json("last_value", outcome.last_value_json);
  add_files(body, outcome);
  if (!outcome.truncated.empty()) body.add_strings("truncated", outcome.truncated);
  if (outcome.show_usage) body.add_json("usage", usage_json(outcome));
}

// The last members of every answer, each only when it is not empty.
void add_advice(ObjectWriter& body, const Outcome& outcome) {
  if (!outcome.detail.empty()) body.add_string("detail", outcome.detail);
  if (!outcome.hint.empty()) body.add_string("hint", outcome.hint);
  if (!outcome.warnings.empty()) body.add_strings("warnings", outcome.warnings);
}

std::string returned_body(const Outcome& outcome) {
  ObjectWriter body(answer_size(outcome));
  body.add_json("result", outcome.result_json);
  body.add_string("stdout", outcome.out);
  if (!outcome.err.empty()) body.add_string("stderr", outcome.err);
  add_attachments(body, outcome);
  add_advice(body, outcome);
  return std::move(body).finish();
}

std::string error_body(const Outcome& outcome) {
  ObjectWriter body(answer_size(outcome));
  body.add_string("error", error_shown(outcome));
  body.add_string("error_type", error_type(outcome.ending));
  if (outcome.ran) {
    body.add_string("stdout", outcome.out);
    body.add_string("stderr", outcome.err);
    add_attachments(body, outcome);
  }
  add_advice(body, outcome);
  return std::move(body).finish();
}

std::string program_body(const Outcome& outcome) {
  ObjectWriter body(answer_size(outcome));
  body.add_string("output", outcome.out);
  if (outcome.ending == Ending::kReturned) {
    body.add_json("error", "null");
  } else {
    body.add_string("error", outcome.error);
    body.add_string("error_type", error_type(outcome.ending));
  }
  body.add_json("execution_time", seconds_json(outcome.run_seconds));
  if (!outcome.err.empty()) body.add_string("stderr", outcome.err);
  add_attachments(body, outcome);
  add_advice(body, outcome);
  return std::move(body).finish();
}

// Whether the program dialect answers this ending with 200: the program ran, however it ended. No
// program misses main(), but a script that has taken its worker over can claim that it does.
bool is_program_run(Ending ending) {
  switch (ending) {
    case Ending::kReturned:
    case Ending::kMissingMain:
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
    case Ending::kExited:
    case Ending::kTimeout:
    case Ending::kMemoryLimit:
    case Ending::kFileLimit:
    case Ending::kOutputLimit:
    case Ending::kCrashed:
      return true;
    case Ending::kBadRequest:
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
    case Ending::kInternal:
    case Ending::kCancelled:
      return false;
  }
  return false;
}

}  // namespace

std::size_t answer_size(const Outcome& outcome) {
  constexpr std::size_t kKeys = 1024;  // and the numbers
  constexpr std::size_t kAround = 8;
  std::size_t size = kKeys + outcome.result_json.size() + outcome.last_value_json.size();
  for (const std::string* text :
       {&outcome.error, &outcome.out, &outcome.err, &outcome.detail, &outcome.hint}) {
    size += string_size(*text);
  }
  for (const std::string& text : outcome.warnings) size += string_size(text) + kAround;
  if (outcome.images) {
    for (const std::string& image : *outcome.images) size += base64_size(image.size()) + kAround;
  }
  if (!outcome.files) return size;
  for (const Attachment& file : *outcome.files) {
    size += string_size(file.name) + content_size(file.bytes) + kAround;
  }
  return size;
}

Answer render(Dialect dialect, const Outcome& outcome) {
  if (dialect == Dialect::kProgram && is_program_run(outcome.ending)) {
    return {200, program_body(outcome)};
  }
  if (outcome.ending == Ending::kReturned) return {200, returned_body(outcome)};
  return {http_status(outcome.ending), error_body(outcome)};
}

Answer render_error(int status, std::string_view type, std::string_view error) {
  ObjectWriter body(64 + error.size());
  body.add_string("error", error);
  body.add_string("error_type", type);
  return {status, std::move(body).finish()};
}

std::string render_text(std::string_view text) {
  std::string json;
  json.reserve(text.size() + 2);
  append_string(json, text);
  return json;
}

Answer render_unhealthy(std::string_view raw_reason) {
  const std::string reason = to_valid_utf8(raw_reason);
  ObjectWriter body(64 + 2 * reason.size());
  body.add_string("status", "unhealthy");
  body.add_string("reason", reason);
  body.add_string("error", reason);
  return {503, std::move(body).finish()};
}

}  // namespace executor
