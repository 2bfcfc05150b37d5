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

using Parsed = boost::system::result<Job, Refusal>;

constexpr std::string_view kNotJson = "Request must be JSON";
constexpr std::string_view kNotObject = "Request body must be a JSON object";
constexpr std::array<std::string_view, 8> kRefusals = {
    kNotJson,
    kNotObject,
    "Missing 'script' field in request body",
    "'script' must be a non-empty string",
    "'code' must be a non-empty string",
    "Send either 'script' or 'code', not both",
    "'timeout' must be a number of seconds greater than 0 and at most 30",
    "'images' must be true or false"};
// The nesting that a request may have.
constexpr std::size_t kMaxDepth = 64;

Parsed parse(std::string_view body, std::string_view content_type = "application/json") {
  return parse_request(content_type, body, RequestLimits{});
}

bool same(const Parsed& a, const Parsed& b) {
  if (!a || !b) return !a && !b && a.error().error == b.error().error;
  return a->dialect == b->dialect && a->source == b->source && a->timeout == b->timeout &&
         a->images == b->images;
}

// The contract, read off the tree that the JSON library builds; nothing when it cannot: the body is
// no JSON, or has raw newlines in its strings.
std::optional<Parsed> parse_as_tree(std::string_view body) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  const auto tree = boost::json::parse({body.data(), body.size()}, error, {}, options);
  if (error) return std::nullopt;
  if (!tree.is_object()) return Refusal{std::string(kNotObject)};
  const auto* script = tree.as_object().if_contains("script");
  const auto* code = tree.as_object().if_contains("code");
  if (script != nullptr && code != nullptr) return Refusal{std::string(kRefusals[5])};
  if (script == nullptr && code == nullptr) return Refusal{std::string(kRefusals[2])};
  const auto& program = script != nullptr ? *script : *code;
  if (!program.is_string() || program.as_string().empty()) {
    return Refusal{std::string(kRefusals[script != nullptr ? 3 : 4])};
  }
  Job job;
  job.dialect = script != nullptr ? Dialect::kFunction : Dialect::kProgram;
  job.source = std::string_view(program.as_string());
  job.timeout = std::chrono::seconds(script != nullptr ? 30 : 5);
  if (const auto* timeout = tree.as_object().if_contains("timeout")) {
    const double seconds = timeout->is_number() ? timeout->to_number<double>() : 0;
    if (seconds <= 0 || seconds > 30) return Refusal{std::string(kRefusals[6])};
    job.timeout = std::chrono::duration<double>(seconds);
  }
  if (const auto* images = tree.as_object().if_contains("images")) {
    if (!images->is_bool()) return Refusal{std::string(kRefusals[7])};
    job.images = images->as_bool();
  }
  return job;
}

// `text` as a JSON string, by way of an answer: {"error": "..."}.
std::string quoted(std::string_view text) {
  constexpr std::string_view kBefore = "{\"error\": ";
  constexpr std::string_view kAfter = "}\n";
  const std::string body = render_error(400, text).body;
  return body.substr(kBefore.size(), body.size() - kBefore.size() - kAfter.size());
}

void check_job(const Job& job, std::string_view body) {
  must(!job.source.empty() && is_valid_utf8(job.source), "a program is some UTF-8");
  must(job.timeout.count() > 0 && job.timeout.count() <= 30, "a timeout is within its bounds");

  const std::string field = job.dialect == Dialect::kFunction ? "script" : "code";
  const Parsed again = parse("{\"" + field + "\": " + quoted(job.source) + "}");
  must(again && again->dialect == job.dialect && again->source == job.source,
       "a program survives being written and read again");

  const std::string unknown = R"("x": [{"script": 1, "code": "", "timeout": "x"}], "scripts": 2, )";
  std::string extended(body);
  extended.insert(extended.find('{') + 1, unknown);
  must(same(parse(extended), Parsed(job)), "unknown fields and what is in them change nothing");
  must(!parse(std::string(body) + "}"), "nothing may follow the object");
}

void check_refusal(const Refusal& refusal) {
  must(std::find(kRefusals.begin(), kRefusals.end(), refusal.error) != kRefusals.end(),
       "a refusal is one of the contract's");
  Outcome outcome;
  outcome.ending = Ending::kBadRequest;
  outcome.error = refusal.error;
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

  const Parsed parsed = parse(body);
  if (parsed) {
    check_job(*parsed, body);
  } else {
    check_refusal(parsed.error());
  }
  check_grammar(parsed, body);
  const auto expected = parse_as_tree(body);
  must(!expected || same(parsed, *expected), "a request is read as the contract has it");
  const bool right_type = parse("{}", content_type).error().error != kNotJson;
  must(
      same(parse(body, content_type), right_type ? parsed : Parsed(Refusal{std::string(kNotJson)})),
      "the content type decides whether the body is read, and nothing else");
}

}  // namespace executor
