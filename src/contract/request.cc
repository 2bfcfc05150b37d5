// From bytes to a job, in the order in which the contract's refusals rank: the content type, the
// JSON, the object, the field that carries the program, the timeout.
#include "contract/request.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "contract/decimal.h"
#include "contract/json_parser.h"

namespace executor {
namespace {

// Nothing that the contract defines is nested; unknown fields may be, within reason.
constexpr std::size_t kMaxRequestDepth = 64;

constexpr std::string_view kNotJson = "Request must be JSON";

char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Parameters are not looked at: the charset of JSON is UTF-8, whatever they say.
bool is_json_type(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return equals_ignoring_case(without_blanks(type), "application/json");
}

// The escape for a control character that may stand raw inside a string, else "".
std::string_view escape_of(char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return {};
  }
}

bool has_raw_controls(std::string_view body) {
  // Three searches for one character each are vectorised, one search for three is not.
  constexpr std::string_view kControls = "\n\r\t";
  return std::any_of(kControls.begin(), kControls.end(),
                     [body](char c) { return body.find(c) != std::string_view::npos; });
}

// `body` with the raw newlines, returns and tabs inside its strings escaped, which makes it strict
// JSON if they were all that was wrong with it; nothing when it has none. It follows strings as the
// parser does up to the first error, so it cannot turn any other text into valid JSON.
std::optional<std::string> escape_raw_controls(std::string_view body) {
  if (!has_raw_controls(body)) return std::nullopt;
  std::string escaped;
  std::size_t copied = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (body[at] == '"') {
      in_string = !in_string;
    } else if (in_string && body[at] == '\\') {
      ++at;  // what a backslash protects is neither an end nor ours to change
    } else if (const auto escape = escape_of(body[at]); in_string && !escape.empty()) {
      escaped.append(body.substr(copied, at - copied)).append(escape);
      copied = at + 1;
    }
  }
  if (copied == 0) return std::nullopt;
  return escaped.append(body.substr(copied));
}

// One field that the contract knows.
struct Field {
  enum class Kind : std::uint8_t { kAbsent, kString, kNumber, kTrue, kFalse, kOther };
  Kind kind = Kind::kAbsent;
  std::string text;   // of a string
  double number = 0;  // of a number; infinite when it is too large for a double

  [[nodiscard]] bool present() const { return kind != Kind::kAbsent; }
};

struct Body {
  bool is_object = false;
  Field script;
  Field code;
  Field timeout;
  Field images;
};

// Keeps the known fields of the outermost object, the last of each name; forgets all else.
class BodyReader : public JsonEvents {
 public:
  explicit BodyReader(Body& body) : body_(&body) {}

  bool on_object_begin(Error& /*error*/) {
    if (depth_ == 0) body_->is_object = true;
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t /*count*/, Error& /*error*/) { return leave(); }
  bool on_array_begin(Error& /*error*/) {
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t /*count*/, Error& /*error*/) { return leave(); }

  bool on_key_part(Text part, std::size_t size, Error& /*error*/) { return add_to_key(part, size); }
  bool on_key(Text rest, std::size_t size, Error& /*error*/) {
    add_to_key(rest, size);
    if (depth_ != 1) return true;
    field_ = size == key_.size() ? field_named(key_) : nullptr;
    key_.clear();
    if (field_ != nullptr) *field_ = Field{.kind = Field::Kind::kOther, .text = {}};
    return true;
  }

  bool on_string_part(Text part, std::size_t /*size*/, Error& /*error*/) {
    if (at_field()) field_->text.append(part);
    return true;
  }
  bool on_string(Text rest, std::size_t /*size*/, Error& /*error*/) {
    if (!at_field()) return true;
    field_->text.append(rest);
    field_->kind = Field::Kind::kString;
    return true;
  }

  bool on_int64(std::int64_t value, Text /*rest*/, Error& /*error*/) {
    return set_number(static_cast<double>(value));
  }
  bool on_uint64(std::uint64_t value, Text /*rest*/, Error& /*error*/) {
    return set_number(static_cast<double>(value));
  }
  bool on_double(double value, Text /*rest*/, Error& /*error*/) { return set_number(value); }
  bool on_bool(bool value, Error& /*error*/) {
    if (at_field()) field_->kind = value ? Field::Kind::kTrue : Field::Kind::kFalse;
    return true;
  }

 private:
  static constexpr std::size_t kLongestName = std::string_view("timeout").size();

  bool leave() {
    --depth_;
    return true;
  }

  // Longer keys are not collected: they name nothing that the contract knows.
  bool add_to_key(Text part, std::size_t size) {
    if (depth_ == 1 && size <= kLongestName) key_.append(part);
    return true;
  }

  bool set_number(double value) {
    if (!at_field()) return true;
    field_->number = value;
    field_->kind = Field::Kind::kNumber;
    return true;
  }

  Field* field_named(std::string_view name) {
    if (name == "script") return &body_->script;
    if (name == "code") return &body_->code;
    if (name == "timeout") return &body_->timeout;
    if (name == "images") return &body_->images;
    return nullptr;
  }

  // Whether the value that is being read is a known field's own, not one nested in it.
  [[nodiscard]] bool at_field() const { return depth_ == 1 && field_ != nullptr; }

  Body* body_;
  std::size_t depth_ = 0;
  std::string key_;
  Field* field_ = nullptr;
};

bool read_body(std::string_view text, Body& body) {
  const std::optional<std::string> escaped = escape_raw_controls(text);
  return parse_json<BodyReader>(escaped ? *escaped : text, kMaxRequestDepth, body);
}

std::string timeout_refusal(std::chrono::duration<double> max) {
  return "'timeout' must be a number of seconds greater than 0 and at most " +
         decimal(max.count(), 6);
}

// `field` is what the body has as "images".
boost::system::result<bool, Refusal> images_of(const Field& field) {
  switch (field.kind) {
    case Field::Kind::kAbsent:
    case Field::Kind::kFalse:
      return false;
    case Field::Kind::kTrue:
      return true;
    case Field::Kind::kString:
    case Field::Kind::kNumber:
    case Field::Kind::kOther:
      break;
  }
  return Refusal{"'images' must be true or false"};
}

std::chrono::duration<double> default_timeout(Dialect dialect, const RequestLimits& limits) {
  switch (dialect) {
    case Dialect::kFunction:
      return limits.default_function_timeout;
    case Dialect::kProgram:
      return limits.default_program_timeout;
  }
  return limits.default_program_timeout;
}

// The program of a body that is an object: which field carries it, and that it is one.
boost::system::result<Job, Refusal> job_of(Body body) {
  if (body.script.present() && body.code.present()) {
    return Refusal{"Send either 'script' or 'code', not both"};
  }
  if (!body.script.present() && !body.code.present()) {
    return Refusal{"Missing 'script' field in request body"};
  }
  const Dialect dialect = body.script.present() ? Dialect::kFunction : Dialect::kProgram;
  Field& program = body.script.present() ? body.script : body.code;
  if (program.kind != Field::Kind::kString || program.text.empty()) {
    const std::string name = body.script.present() ? "script" : "code";
    return Refusal{"'" + name + "' must be a non-empty string"};
  }
  return Job{.dialect = dialect, .source = std::move(program.text), .timeout = {}};
}

}  // namespace

boost::system::result<Job, Refusal> parse_request(std::string_view content_type,
                                                  std::string_view body,
                                                  const RequestLimits& limits) {
  Body fields;
  if (!is_json_type(content_type) || !read_body(body, fields)) {
    return Refusal{std::string(kNotJson)};
  }
  if (!fields.is_object) return Refusal{"Request body must be a JSON object"};

  const Field timeout = std::move(fields.timeout);
  const auto images = images_of(fields.images);
  boost::system::result<Job, Refusal> job = job_of(std::move(fields));
  if (!job) return job;
  job->timeout = default_timeout(job->dialect, limits);
  if (timeout.present()) {
    const double max = limits.max_timeout.count();
    if (timeout.kind != Field::Kind::kNumber || timeout.number <= 0 || timeout.number > max) {
      return Refusal{timeout_refusal(limits.max_timeout)};
    }
    job->timeout = std::chrono::duration<double>(timeout.number);
  }
  if (!images) return images.error();
  job->images = *images;
  return job;
}

}  // namespace executor
