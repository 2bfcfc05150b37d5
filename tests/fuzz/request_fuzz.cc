// Bodies of POST /execute in both dialects. The first line of an input is the content type, the
// rest is the body.
#include "contract/request.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <optional>
#include <string>

#include "base/utf8.h"
#include "contract/json_check.h"
#include "contract/render.h"
#include "fuzz/property.h"
#include "fuzz/reference.h"

namespace executor {
namespace {

using Parsed = boost::system::result<RunRequest, Refusal>;

constexpr std::string_view kNotJson = "Request must be JSON";
constexpr std::string_view kNotObject = "Request body must be a JSON object";
constexpr std::array kRefusals = std::to_array<std::string_view>(
    {kNotJson,
     kNotObject,
     "Missing 'script' field in request body",
     "'script' must be a non-empty string",
     "'code' must be a non-empty string",
     "Send either 'script' or 'code', not both",
     "'timeout' must be a number of seconds greater than 0 and at most 30",
     "'images' must be true or false",
     "'arguments' goes with 'script', not with 'code'; use 'argv' or 'stdin'",
     "'arguments' must be an object or an array",
     "'argv' must be an array of at most 4096 strings",
     "'stdin' must be a string",
     "'env' must be an object of at most 4096 strings",
     "'files' must be an object of at most 4096 paths, each with a string or {\"base64\": \"...\"}",
     "'last_value' goes with 'code', not with 'script'; use what main() returns",
     "'last_value' must be true or false",
     "'outputs' must be an array of at most 64 globs, or true",
     "'usage' must be true or false",
     "'on_output_limit' must be 'fail' or 'truncate'",
     "'runs' must be an array of 1 to 64 objects"});
// Of limits: which one, and its bounds.
constexpr std::string_view kLimitsRefused = "'limits'";
// The nesting that a request may have.
constexpr std::size_t kMaxDepth = 256;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What is configured, and so the most that a request may ask for.
constexpr LowerLimits kMost = {512 << 20, 60, 1 << 20, 8 << 20, 64, 64 << 20, 32 << 20, 256};

Parsed parse(std::string_view body, std::string_view content_type = "application/json") {
  return parse_request(content_type, body, {.run = kMost});
}

bool same(const Parsed& a, const Parsed& b) {
  if (!a || !b) return !a && !b && a.error().error == b.error().error;
  const auto same_run = [](const RunEntry& x, const RunEntry& y) {
    return x.own == y.own && x.warnings == y.warnings;
  };
  return a->job == b->job && a->timeout == b->timeout && a->warnings.size() <= 10 &&
         std::equal(a->runs.begin(), a->runs.end(), b->runs.begin(), b->runs.end(), same_run);
}

// What may accompany the program; a refusal's text, or nothing. `field` finds a member by name.
template <typename Field>
std::optional<std::string> read_options(const Field& field, RunRequest& request) {
  if (const auto* timeout = field("timeout")) {
    const double seconds = timeout->is_number() ? timeout->template to_number<double>() : 0;
    if (seconds <= 0 || seconds > 30) return std::string(kRefusals[6]);
    request.timeout = std::chrono::duration<double>(seconds);
  }
  if (const auto* images = field("images")) {
    if (!images->is_bool()) return std::string(kRefusals[7]);
    request.job.images = images->as_bool();
  }
  if (const auto* argv = field("argv")) {
    if (!argv->is_array()) return std::string(kRefusals[10]);
    for (const auto& text : argv->as_array()) {
      const bool fits = text.is_string() && text.as_string().find('\0') == std::string_view::npos;
      if (!fits) return std::string(kRefusals[10]);
      request.job.argv.emplace_back(std::string_view(text.as_string()));
    }
  }
  if (const auto* input = field("stdin")) {
    if (!input->is_string()) return std::string(kRefusals[11]);
    request.job.input = std::string_view(input->as_string());
  }
  return std::nullopt;
}

// The contract, read off the tree that the JSON library builds; nothing when it cannot: the body is
// no JSON, or has raw newlines in its strings.
std::optional<Parsed> parse_as_tree(std::string_view body) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  const auto tree = boost::json::parse({body.data(), body.size()}, error, {}, options);
  if (error) return std::nullopt;
  if (!tree.is_object()) return Refusal{std::string(kNotObject), {}, {}};
  const auto field = [&tree](std::string_view name) -> const boost::json::value* {
    const auto* value = tree.as_object().if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  };
  // Of these there is no second opinion.
  for (const char* name : {"arguments", "env", "files", "last_value", "outputs", "usage", "limits",
                           "on_output_limit", "runs"}) {
    if (field(name) != nullptr) return std::nullopt;
  }
  const auto* script = field("script");
  const auto* code = field("code");
  if (script != nullptr && code != nullptr) return Refusal{std::string(kRefusals[5]), {}, {}};
  if (script == nullptr && code == nullptr) return Refusal{std::string(kRefusals[2]), {}, {}};
  const auto& program = script != nullptr ? *script : *code;
  if (!program.is_string() || program.as_string().empty()) {
    return Refusal{std::string(kRefusals[script != nullptr ? 3 : 4]), {}, {}};
  }
  RunRequest request;
  request.job.dialect = script != nullptr ? Dialect::kFunction : Dialect::kProgram;
  request.job.source = std::string_view(program.as_string());
  request.timeout = std::chrono::seconds(script != nullptr ? 30 : 5);
  if (auto refused = read_options(field, request)) return Refusal{std::move(*refused), {}, {}};
  return request;
}

// `text` as a JSON string, by way of an answer.
std::string as_json(std::string_view text) {
  constexpr std::string_view kBefore = "{\"error\": ";
  constexpr std::string_view kAfter = ", \"error_type\": \"bad_request\"}\n";
  const std::string body = render_error(400, "bad_request", text).body;
  return body.substr(kBefore.size(), body.size() - kBefore.size() - kAfter.size());
}

// A path that the service accepts is one that stays where it is.
void check_files(const std::vector<InputFile>& files) {
  for (const InputFile& file : files) {
    const std::string path = "/" + file.path + "/";
    for (const char* part : {"//", "/./", "/../"}) {
      must(path.find(part) == std::string::npos, "a path has neither empty nor dot components");
    }
    must(path.find('\0') == std::string::npos, "a path has no NUL");
  }
}

// What is configured, where no limit is more.
LowerLimits lowered_most(LowerLimits asked) {
  LowerLimits most = kMost;
  const auto raise = [](std::uint64_t& limit, std::uint64_t by) { limit = std::max(limit, by); };
  raise(most.memory, asked.memory);
  raise(most.cpu_seconds, asked.cpu_seconds);
  raise(most.output, asked.output);
  raise(most.result, asked.result);
  raise(most.processes, asked.processes);
  raise(most.scratch, asked.scratch);
  raise(most.file_size, asked.file_size);
  raise(most.open_files, asked.open_files);
  return most;
}

void check_request(const RunRequest& request, std::string_view body) {
  const Job& job = request.job;
  must(!job.source.empty() && is_valid_utf8(job.source), "a program is some UTF-8");
  check_files(job.files);
  must(request.runs.size() <= 64, "runs are no more than may be");
  for (const RunEntry& run : request.runs) {
    if (run.own.files) check_files(*run.own.files);
    must(run.warnings.size() <= 10, "warnings are no more than may be");
  }
  must(lowered_most(job.limits) == kMost, "no limit is more than what is configured");
  must(memory_of(request) <= parsing_memory(body.size()), "parsing takes no more than is said");
  must(request.timeout.count() > 0 && request.timeout.count() <= 30,
       "a timeout is within its bounds");

  const std::string field = job.dialect == Dialect::kFunction ? "script" : "code";
  const Parsed again = parse("{\"" + field + "\": " + as_json(job.source) + "}");
  must(again && again->job.dialect == job.dialect && again->job.source == job.source,
       "a program survives being written and read again");

  const std::string unknown = R"("x": [{"script": 1, "code": "", "timeout": "x"}], "scripts": 2, )";
  std::string extended(body);
  extended.insert(extended.find('{') + 1, unknown);
  must(same(parse(extended), Parsed(request)), "unknown fields and what is in them change nothing");
  must(!parse(std::string(body) + "}"), "nothing may follow the object");
}

void check_refusal(const Refusal& refusal) {
  must(std::find(kRefusals.begin(), kRefusals.end(), refusal.error) != kRefusals.end() ||
           refusal.error.starts_with(kLimitsRefused),
       "a refusal is one of the contract's");
  Outcome outcome;
  outcome.ending = Ending::kBadRequest;
  outcome.error = refusal.error;
  outcome.detail = refusal.detail;
  outcome.hint = refusal.hint;
  outcome.warnings = refusal.warnings;
  must(refusal.error != kNotJson || !refusal.detail.empty(), "what is not JSON has a reason");
  for (const Dialect dialect : {Dialect::kFunction, Dialect::kProgram}) {
    const Answer answer = render(dialect, outcome);
    must(answer.status == 400 && is_json(answer.body), "a refusal is answered with 400 and JSON");
  }
}

// JSON or not, and an object or not, as the grammar has it.
void check_grammar(const Parsed& parsed, std::string_view body) {
  const auto expected = reference::check_json(body, {.max_depth = kMaxDepth, .raw_controls = true});
  if (expected == reference::Json::kEither) return;
  const bool json = parsed || parsed.error().error != kNotJson;
  must(json == (expected == reference::Json::kYes), "a body is JSON when the grammar says so");
  if (!json) return;
  const bool object = body[body.find_first_not_of(" \t\r\n")] == '{';
  must(object == (parsed || parsed.error().error != kNotObject), "an object is known as one");
}

}  // namespace

void check_properties(std::string_view input) {
  std::string_view body = input;
  const std::string_view content_type = take_until(body, "\n");
  if (body.starts_with(kByteOrderMark)) {
    body.remove_prefix(kByteOrderMark.size());
    if (body.starts_with(kByteOrderMark)) return;  // only the first is removed
  }

  const Parsed parsed = parse(body);
  if (parsed) {
    check_request(*parsed, body);
  } else {
    check_refusal(parsed.error());
  }
  check_grammar(parsed, body);
  const auto expected = parse_as_tree(body);
  must(!expected || same(parsed, *expected), "a request is read as the contract has it");
  const bool right_type = parse("{}", content_type).error().error != kNotJson;
  must(same(parse(body, content_type),
            right_type ? parsed : Parsed(Refusal{std::string(kNotJson), {}, {}})),
       "the content type decides whether the body is read, and nothing else");
}

}  // namespace executor
