// The bodies of the contract, written the way Python's json.dumps would: ", " and ": " between,
// text as UTF-8, control characters escaped.
#include "contract/render.h"

#include <algorithm>
#include <array>
#include <utility>

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
  // `texts` need no escapes.
  void add_list(std::string_view key, const std::vector<std::string>& texts) {
    begin(key);
    json_ += '[';
    for (const std::string& text : texts) {
      if (json_.back() != '[') json_ += ", ";
      json_.append(1, '"').append(text).append(1, '"');
    }
    json_ += ']';
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

// Room for the keys and for the escapes of text with short lines.
std::size_t expected_size(const Outcome& outcome) {
  const std::size_t text = outcome.error.size() + outcome.out.size() + outcome.err.size();
  std::size_t images = 0;
  if (outcome.images) {
    for (const std::string& image : *outcome.images) images += image.size() + 4;
  }
  return 128 + outcome.result_json.size() + text + text / 16 + images;
}

// Always a JSON float, to the microsecond. A clock that misbehaves must not make the body invalid.
std::string seconds_json(double seconds) {
  const double sane = seconds > 0 ? std::min(seconds, 1e9) : 0;
  const std::string text = decimal(sane, 6);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

// The service's own fault is answered with one fixed text, so that no detail of it gets out,
// whatever the outcome carries for the log.
std::string error_shown(const Outcome& outcome) {
  return outcome.ending == Ending::kInternal ? internal_error_text() : outcome.error;
}

std::string returned_body(const Outcome& outcome) {
  ObjectWriter body(expected_size(outcome));
  body.add_json("result", outcome.result_json);
  body.add_string("stdout", outcome.out);
  if (!outcome.err.empty()) body.add_string("stderr", outcome.err);
  if (outcome.images) body.add_list("images", *outcome.images);
  return std::move(body).finish();
}

std::string error_body(const Outcome& outcome) {
  ObjectWriter body(expected_size(outcome));
  body.add_string("error", error_shown(outcome));
  body.add_string("error_type", error_type(outcome.ending));
  if (outcome.ran) {
    body.add_string("stdout", outcome.out);
    body.add_string("stderr", outcome.err);
    if (outcome.images) body.add_list("images", *outcome.images);
  }
  return std::move(body).finish();
}

std::string program_body(const Outcome& outcome) {
  ObjectWriter body(expected_size(outcome));
  body.add_string("output", outcome.out);
  if (outcome.ending == Ending::kReturned) {
    body.add_json("error", "null");
  } else {
    body.add_string("error", outcome.error);
  }
  body.add_json("execution_time", seconds_json(outcome.run_seconds));
  if (!outcome.err.empty()) body.add_string("stderr", outcome.err);
  if (outcome.images) body.add_list("images", *outcome.images);
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

Answer render(Dialect dialect, const Outcome& outcome) {
  if (dialect == Dialect::kProgram && is_program_run(outcome.ending)) {
    return {200, program_body(outcome)};
  }
  if (outcome.ending == Ending::kReturned) return {200, returned_body(outcome)};
  return {http_status(outcome.ending), error_body(outcome)};
}

Answer render_error(int status, std::string_view error) {
  ObjectWriter body(32 + error.size());
  body.add_string("error", error);
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
