#include "contract/request_runs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "contract/json_text.h"
#include "contract/request_advice.h"
#include "contract/request_fields.h"

namespace executor {
namespace {

using Kind = FieldValue::Kind;

constexpr std::size_t kMaxRuns = 64;

bool is_field_of_a_run(std::string_view name) {
  return std::find(kFieldsOfARun.begin(), kFieldsOfARun.end(), name) != kFieldsOfARun.end();
}

// The value that has this JSON text.
FieldValue value_of(std::string_view json) {
  FieldValue value;
  switch (json.front()) {
    case 'n':
      return value;
    case '"':
      value.kind = Kind::kString;
      value.text = string_of(json).value_or("");
      return value;
    case '{':
    case '[':
      value.kind = json.front() == '{' ? Kind::kObject : Kind::kArray;
      value.text = json;
      return value;
    default:
      value.kind = json.front() == 't'   ? Kind::kTrue
                   : json.front() == 'f' ? Kind::kFalse
                                         : Kind::kNumber;
      return value;
  }
}

// Moves what the field has been read into to where it belongs.
void move_field(std::string_view name, Job& from, JobInputs& to) {
  if (name == "arguments") to.arguments = std::move(from.arguments);
  if (name == "argv") to.argv = std::move(from.argv);
  if (name == "stdin") to.input = std::move(from.input);
  if (name == "env") to.env = std::move(from.env);
  if (name == "files") to.files = std::move(from.files);
}

void clear_field(std::string_view name, JobInputs& own) {
  Job none;
  move_field(name, none, own);
  if (name == "arguments") own.arguments.reset();
  if (name == "argv") own.argv.reset();
  if (name == "stdin") own.input.reset();
  if (name == "env") own.env.reset();
  if (name == "files") own.files.reset();
}

std::size_t entries_of(const JobInputs& own) {
  return (own.argv ? own.argv->size() : 0) + (own.env ? own.env->size() : 0) +
         (own.files ? own.files->size() : 0);
}

// Of equal names the last counts, as everywhere.
std::optional<Refusal> read_run(std::string_view object, Dialect dialect, RunEntry& entry) {
  std::optional<Refusal> refusal;
  each_member(object, [&](std::string_view json_name, std::string_view json) {
    const std::string name = string_of(json_name).value_or("");
    if (!is_field_of_a_run(name)) {
      if (entry.warnings.size() < kMaxUnknownNames) {
        entry.warnings.push_back(warning_of_a_run(name, dialect == Dialect::kProgram));
      }
      return true;
    }
    clear_field(name, entry.own);
    RunRequest one{{.dialect = dialect}, {}};
    FieldValue value = value_of(json);
    refusal = read_field(name, value, one);
    if (!refusal && value.present()) move_field(name, one.job, entry.own);
    return !refusal;
  });
  return refusal;
}

}  // namespace

std::optional<Refusal> read_runs(const FieldValue& value, RunRequest& request) {
  if (!value.present()) return std::nullopt;
  const auto must_be = [](std::string detail) {
    return Refusal{"'runs' must be an array of 1 to 64 objects", std::move(detail), {}};
  };
  if (value.kind != Kind::kArray) return must_be({});
  std::optional<Refusal> refusal;
  std::size_t entries = 0;
  each_element(value.text, [&](std::string_view json) {
    const std::string where = "runs[" + std::to_string(request.runs.size()) + "]";
    if (json.front() != '{') refusal = must_be(where + " is no object");
    if (request.runs.size() == kMaxRuns) refusal = must_be("there are more");
    if (refusal) return false;
    RunEntry& entry = request.runs.emplace_back();
    refusal = read_run(json, request.job.dialect, entry);
    if (refusal) refusal->detail = where + (refusal->detail.empty() ? "" : ": ") + refusal->detail;
    entries += entries_of(entry.own);
    if (!refusal && entries > kMaxEntries) {
      refusal = must_be("together they have more than 4096 strings and files");
    }
    return !refusal;
  });
  if (!refusal && request.runs.empty()) refusal = must_be("there is none");
  return refusal;
}

}  // namespace executor
