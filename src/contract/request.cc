// From bytes to a job, in the order in which the contract's refusals rank: the content type, the
// JSON, the object, the field that carries the program, the timeout, the other fields in the order
// of their table.
#include "contract/request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "contract/decimal.h"
#include "contract/json_body.h"
#include "contract/lower_limits.h"
#include "contract/request_advice.h"
#include "contract/request_body.h"
#include "contract/request_fields.h"
#include "contract/request_runs.h"

namespace executor {
namespace {

using Kind = FieldValue::Kind;

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

// --- The program and the timeout

std::string timeout_refusal(std::chrono::duration<double> max) {
  return "'timeout' must be a number of seconds greater than 0 and at most " +
         decimal(max.count(), 6);
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
boost::system::result<Job, Refusal> job_of(RequestBody& body, const RequestLimits& limits) {
  FieldValue& script = body["script"];
  FieldValue& code = body["code"];
  if (script.present() && code.present()) {
    return Refusal{"Send either 'script' or 'code', not both", {}, {}};
  }
  if (!script.present() && !code.present()) {
    return Refusal{std::string(kMissingProgram), {}, hint_of_missing_program(body)};
  }
  const Dialect dialect = script.present() ? Dialect::kFunction : Dialect::kProgram;
  FieldValue& program = script.present() ? script : code;
  const std::string name = quoted(name_of(dialect));
  if (program.kind != Kind::kString || program.text.empty()) {
    return Refusal{name + " must be a non-empty string", {}, {}};
  }
  if (program.text.size() > limits.max_source) {
    return Refusal{name + " must be a string of at most " +
                       decimal(static_cast<double>(limits.max_source) / 1048576, 4) + " MB",
                   {},
                   "Send data in 'stdin' or 'files'"};
  }
  return Job{.dialect = dialect, .source = std::move(program.text)};
}

boost::system::result<RunRequest, Refusal> request_of(RequestBody& body,
                                                      const RequestLimits& limits) {
  auto job = job_of(body, limits);
  if (!job) return job.error();
  RunRequest request{std::move(*job), {}};
  request.max_timeout = limits.max_timeout;
  request.timeout = default_timeout(request.job.dialect, limits);
  if (const FieldValue& timeout = body["timeout"]; timeout.present()) {
    const double max = limits.max_timeout.count();
    if (timeout.kind != Kind::kNumber || timeout.number <= 0 || timeout.number > max) {
      return Refusal{timeout_refusal(limits.max_timeout), {}, {}};
    }
    request.timeout = std::chrono::duration<double>(timeout.number);
  }
  if (auto refusal = read_fields(body, request)) return *refusal;
  auto lower = read_lower_limits(body["limits"], limits.run);
  if (!lower) return Refusal{std::move(lower.error()), {}, {}};
  request.job.limits = *lower;
  if (auto refusal = read_runs(body["runs"], request)) return *refusal;
  return request;
}

}  // namespace

// Parameters are ignored: the charset of JSON is always UTF-8.
bool is_json_type(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return equals_ignoring_case(without_blanks(type), "application/json");
}

boost::system::result<RunRequest, Refusal> parse_request(std::string_view content_type,
                                                         std::string_view body,
                                                         const RequestLimits& limits,
                                                         std::string_view content_encoding) {
  if (!is_json_type(content_type)) {
    return Refusal{std::string(kNotJson), explain_content_type(content_type), {}};
  }
  body = without_byte_order_mark(body);
  auto fields = read_request_body(body);
  if (!fields) {
    return Refusal{std::string(kNotJson), explain_not_json(body, content_encoding), {}};
  }
  if (!fields->is_object) return Refusal{"Request body must be a JSON object", {}, {}};
  auto request = request_of(*fields, limits);
  if (request) {
    request->warnings = warnings_of(*fields);
    return request;
  }
  Refusal refusal = request.error();
  refusal.warnings = warnings_of(*fields);
  return refusal;
}

}  // namespace executor
