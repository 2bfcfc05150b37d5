#include "contract/request_fields.h"

#include <algorithm>
#include <array>
#include <utility>

#include "contract/input_files.h"

namespace executor {
namespace {

using Kind = FieldValue::Kind;

char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Reads a value that is present into the request; false when it is of the wrong kind. `detail` may
// say more.
using Read = bool (*)(FieldValue& value, RunRequest& request, std::string& detail);

struct Row {
  std::string_view name;
  std::optional<Dialect> only;  // the dialect that has it; empty: both
  std::string_view instead;     // what to use in the other one
  std::string_view must_be;     // what the value must be
  Read read;
};

template <bool Job::*member>
bool read_flag(FieldValue& value, RunRequest& request, std::string& /*detail*/) {
  request.job.*member = value.kind == Kind::kTrue;
  return value.kind == Kind::kTrue || value.kind == Kind::kFalse;
}

bool read_usage(FieldValue& value, RunRequest& request, std::string& /*detail*/) {
  request.usage = value.kind == Kind::kTrue;
  return value.kind == Kind::kTrue || value.kind == Kind::kFalse;
}

bool read_on_output_limit(FieldValue& value, RunRequest& request, std::string& /*detail*/) {
  request.truncate = value.text == "truncate";
  return value.kind == Kind::kString && (request.truncate || value.text == "fail");
}

bool read_arguments(FieldValue& value, RunRequest& request, std::string& /*detail*/) {
  request.job.arguments = std::move(value.text);
  return value.kind == Kind::kArray || value.kind == Kind::kObject;
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

bool read_argv(FieldValue& value, RunRequest& request, std::string& detail) {
  auto strings = value.kind == Kind::kArray ? read_strings(value.text, kMaxEntries) : std::nullopt;
  if (!strings) return false;
  request.job.argv = std::move(*strings);
  if (!std::any_of(request.job.argv.begin(), request.job.argv.end(), has_nul)) return true;
  detail = "one of them contains NUL";
  return false;
}

bool read_stdin(FieldValue& value, RunRequest& request, std::string& /*detail*/) {
  request.job.input = std::move(value.text);
  return value.kind == Kind::kString;
}

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || c == '_';
  };
  const auto fits = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), fits);
}

bool read_env(FieldValue& value, RunRequest& request, std::string& detail) {
  if (value.kind != Kind::kObject) return false;
  auto members = read_texts(value.text, kMaxEntries, false);
  if (!members) return false;
  for (TextMember& member : *members) {
    if (!is_variable_name(member.name)) {
      detail = "the name of one is not [A-Za-z_][A-Za-z0-9_]*";
    } else if (has_nul(member.text)) {
      detail = "the value of " + member.name + " contains NUL";
    } else {
      request.job.env.push_back({std::move(member.name), std::move(member.text)});
    }
  }
  return detail.empty();
}

bool read_files(FieldValue& value, RunRequest& request, std::string& detail) {
  if (value.kind != Kind::kObject) return false;
  auto members = read_texts(value.text, kMaxEntries, true);
  if (!members) return false;
  auto files = input_files(std::move(*members));
  if (!files) {
    detail = std::move(files.error());
    return false;
  }
  request.job.files = std::move(*files);
  return true;
}

constexpr std::size_t kMaxGlobs = 64;
constexpr std::size_t kMaxGlob = 1024;

bool read_outputs(FieldValue& value, RunRequest& request, std::string& detail) {
  request.job.outputs.changed = value.kind == Kind::kTrue;
  if (request.job.outputs.changed) return true;
  auto globs = value.kind == Kind::kArray ? read_strings(value.text, kMaxGlobs) : std::nullopt;
  if (!globs) return false;
  request.job.outputs.globs = std::move(*globs);
  for (std::string& glob : request.job.outputs.globs) {
    while (glob.starts_with("./")) glob.erase(0, 2);  // the paths begin without it
  }
  const auto unfit = [](const std::string& glob) {
    return glob.empty() || glob.size() > kMaxGlob || glob.front() == '/' || has_nul(glob);
  };
  if (std::none_of(request.job.outputs.globs.begin(), request.job.outputs.globs.end(), unfit))
    return true;
  detail = "one of them is empty, absolute, longer than 1024 bytes or contains NUL";
  return false;
}

constexpr Row kRows[] = {
    {"script", {}, {}, {}, nullptr},
    {"code", {}, {}, {}, nullptr},
    {"timeout", {}, {}, {}, nullptr},
    {"images", {}, {}, "true or false", read_flag<&Job::images>},
    {"arguments", Dialect::kFunction, "'argv' or 'stdin'", "an object or an array", read_arguments},
    {"argv", {}, {}, "an array of at most 4096 strings", read_argv},
    {"stdin", {}, {}, "a string", read_stdin},
    {"env", {}, {}, "an object of at most 4096 strings", read_env},
    {"files",
     {},
     {},
     "an object of at most 4096 paths, each with a string or {\"base64\": \"...\"}",
     read_files},
    {"last_value", Dialect::kProgram, "what main() returns", "true or false",
     read_flag<&Job::last_value>},
    {"outputs", {}, {}, "an array of at most 64 globs, or true", read_outputs},
    {"usage", {}, {}, "true or false", read_usage},
    {"limits", {}, {}, {}, nullptr},
    {"on_output_limit", {}, {}, "'fail' or 'truncate'", read_on_output_limit},
    {"runs", {}, {}, {}, nullptr},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kRows)> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kRows[i].name;
  return names;
}();

// Reads one field into the request; the refusal when that cannot be.
std::optional<Refusal> apply(const Row& row, FieldValue& value, RunRequest& request) {
  const Dialect dialect = request.job.dialect;
  if (row.read == nullptr || !value.present()) return std::nullopt;
  if (row.only && *row.only != dialect) {
    return Refusal{quoted(row.name) + " goes with " + quoted(name_of(*row.only)) + ", not with " +
                       quoted(name_of(dialect)) + "; use " + std::string(row.instead),
                   {},
                   {}};
  }
  std::string detail;
  if (row.read(value, request, detail)) return std::nullopt;
  return Refusal{quoted(row.name) + " must be " + std::string(row.must_be), std::move(detail), {}};
}

}  // namespace

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::span<const std::string_view> field_names() {
  return kNames;
}

std::optional<Refusal> read_field(std::string_view name, FieldValue& value, RunRequest& request) {
  const Row* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                      [name](const Row& one) { return one.name == name; });
  return apply(*row, value, request);
}

std::optional<Refusal> read_fields(RequestBody& body, RunRequest& request) {
  for (const Row& row : kRows) {
    if (auto refusal = apply(row, body[row.name], request)) return refusal;
  }
  return std::nullopt;
}

}  // namespace executor
