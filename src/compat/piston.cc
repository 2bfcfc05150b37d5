// Piston, version 2 of its interface (https://github.com/engineer-man/piston, api/src/api/v2.js):
// the first text among the files is the program, times are in milliseconds, memory is in bytes.
// What is wrong with a request is 400 with a `message`.
#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/base64.h"
#include "base/utf8.h"
#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "compat/version_range.h"
#include "contract/decimal.h"
#include "contract/json_text.h"

namespace executor {
namespace {

Answer message(int status, std::string_view text) {
  return {status, json_object({{"message", render_text(text)}}) + "\n"};
}

Translation refused(std::string_view text) {
  return {.call = {}, .answer = message(400, text), .patience = {}};
}

// A selector of semantic versions, as npm has it. "*", "3.x", "3.10.0": any Python 3 is meant,
// since its clients name the version that their own Piston has.
bool is_served(std::string_view selector, std::string_view python) {
  constexpr std::string_view kPlain = "0123456789.xX*";
  constexpr std::string_view kPythons = "3xX*";
  const bool plain = selector.find_first_not_of(kPlain) == std::string_view::npos;
  if (plain && !selector.empty()) return kPythons.find(selector.front()) != std::string_view::npos;
  return is_in_range(python, selector);
}

// --- Limits

// What Piston takes for not given.
bool is_given(std::string_view json) {
  return !json.empty() && json != "false" && json != "\"\"" &&
         !(is_number(json) && number_of(json) == 0);
}

// The most that may be asked for; 0 where there is no limit to exceed: nothing is compiled.
struct Constraint {
  std::string_view name;
  double most = 0;  // bytes or milliseconds
};

constexpr double kMilliseconds = 1000;

std::array<Constraint, 6> constraints(const RequestLimits& limits) {
  return {{{"compile_memory_limit", 0},
           {"run_memory_limit", static_cast<double>(limits.run.memory)},
           {"compile_timeout", 0},
           {"run_timeout", limits.max_timeout.count() * kMilliseconds},
           {"compile_cpu_time", 0},
           {"run_cpu_time", static_cast<double>(limits.run.cpu_seconds) * kMilliseconds}}};
}

// As its documentation has it, -1 of memory is "no limit", which is this service's own.
bool is_no_limit(const Constraint& constraint, double value) {
  return value == -1 && constraint.name == "run_memory_limit";
}

// In Piston's words; "" when all are fine.
std::string fault_of_limits(const JsonMembers& body, const RequestLimits& limits) {
  for (const Constraint& constraint : constraints(limits)) {
    const std::string name(constraint.name);
    const std::string_view json = body[name];
    if (!is_given(json)) continue;
    if (!is_number(json)) return "If specified, " + name + " must be a number";
    const double value = number_of(json);
    if (constraint.most <= 0 || is_no_limit(constraint, value)) continue;
    if (value > constraint.most) {
      return name + " cannot exceed the configured limit of " + decimal(constraint.most, 3);
    }
    if (value < 0) return name + " must be non-negative";
  }
  return {};
}

std::string limits_of(const JsonMembers& body, const LowerLimits& most) {
  const double memory = number_of(body["run_memory_limit"]);
  const double cpu = number_of(body["run_cpu_time"]) / kMilliseconds;
  return json_object({{"memory_mb", limit_of("memory_mb", memory, most)},
                      {"cpu_seconds", limit_of("cpu_seconds", cpu, most)}});
}

std::string timeout_of(const JsonMembers& body) {
  constexpr double kLeast = 0.001;  // seconds
  const std::string_view json = body["run_timeout"];
  if (!is_given(json)) return {};
  return decimal(std::max(number_of(json) / kMilliseconds, kLeast), 6);
}

// --- Files

constexpr std::string_view kFiles =
    "an array of at most 4096 files, each with its 'content' and a 'name' of its own";

struct Files {
  std::string program;  // JSON text of a string
  std::string others;   // `files` of POST /execute
  std::string fault;
};

std::optional<std::string> from_hex(std::string_view text) {
  constexpr int kBase = 16;
  std::string bytes;
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const char* const end = text.data() + at + 2;
    unsigned char byte = 0;
    if (std::from_chars(text.data() + at, end, byte, kBase).ptr != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

bool is_text(const JsonMembers& file) {
  const std::string encoding = file.string("encoding");
  return encoding != "base64" && encoding != "hex";
}

// What a file holds that is not sent as text.
std::optional<std::string> bytes_of(const JsonMembers& file) {
  const std::string content = file.string("content");
  return file.string("encoding") == "hex" ? from_hex(content) : from_base64(content);
}

// The program as POST /execute takes it: text. "" when it is none.
std::string program_of(const JsonMembers& file) {
  if (is_text(file)) return runnable(file["content"]);
  const auto bytes = bytes_of(file);
  return bytes && is_valid_utf8(*bytes) ? runnable(render_text(*bytes)) : "";
}

// A member of `files`; "" when the file is not what its encoding says.
std::string member_of(const JsonMembers& file, const std::string& otherwise) {
  const std::string name = file.string("name");
  const std::string key = render_text(name.empty() ? otherwise : name) + ": ";
  if (is_text(file)) return key + std::string(file["content"]);
  const auto bytes = bytes_of(file);
  if (!bytes) return {};
  std::string content = "\"";
  append_base64(content, *bytes);
  return key + "{\"base64\": " + content + "\"}";
}

// The files as they were sent, up to the first without content, which is the last then.
std::vector<JsonMembers> files_sent(std::string_view array) {
  std::vector<JsonMembers> sent;
  each_element(array, [&sent](std::string_view element) {
    sent.emplace_back(element);
    return is_string(sent.back()["content"]);
  });
  return sent;
}

// The program is the first file that is text, as Piston has it.
Files read_files(const std::vector<JsonMembers>& all) {
  const auto found = std::find_if(all.begin(), all.end(), is_text);
  const std::size_t program = found == all.end() ? 0 : std::size_t(found - all.begin());
  std::string others = "{";
  for (std::size_t at = 0; at < all.size(); ++at) {
    const std::string number = std::to_string(at);
    if (at == program) continue;
    const std::string member = member_of(all[at], "file" + number + ".code");
    if (member.empty()) {
      return {{}, {}, "files[" + number + "].content is not " + all[at].string("encoding")};
    }
    others.append(others.size() > 1 ? ", " : "").append(member);
  }
  Files files{program_of(all[program]), others + "}", {}};
  if (files.program.empty()) {
    files.fault = "files[" + std::to_string(program) + "].content is not " +
                  all[program].string("encoding") + " of text";
  }
  return files;
}

// Every program's standard input ends with a new line there.
std::string input_of(std::string_view json) {
  if (json.empty()) return R"("\n")";
  const auto text = string_of(json);
  return !text || text->ends_with('\n') ? std::string(json) : render_text(*text + "\n");
}

// The checks and their order are Piston's.
Translation execute(const JsonMembers& body, const RuntimeFacts& facts) {
  if (!is_string(body["language"])) return refused("language is required as a string");
  if (!is_string(body["version"])) return refused("version is required as a string");
  if (!is_array(body["files"])) return refused("files is required as an array");
  const std::vector<JsonMembers> sent = files_sent(body["files"]);
  if (sent.empty()) return refused("files must have the program");
  if (!is_string(sent.back()["content"])) {
    return refused("files[" + std::to_string(sent.size() - 1) +
                   "].content is required as a string");
  }
  const std::string language = body.string("language");
  const std::string version = body.string("version");
  if (!is_python(language) || !is_served(version, facts.python)) {
    return refused(language + "-" + version + " runtime is unknown");
  }
  const Files files = read_files(sent);
  if (!files.fault.empty()) return refused(files.fault);
  const std::string fault = fault_of_limits(body, facts.limits);
  if (!fault.empty()) return refused(fault);
  return {.call = Call{.body = json_object({{"code", files.program},
                                            {"files", files.others},
                                            {"stdin", input_of(body["stdin"])},
                                            {"argv", body["args"]},
                                            {"timeout", timeout_of(body)},
                                            {"limits", limits_of(body, facts.limits.run)},
                                            {"usage", "true"}})},
          .answer = {},
          .patience = {}};
}

// Piston's two letters: "" for a run that needs none.
std::string_view status_of(const Outcome& outcome) {
  if (outcome.ending == Ending::kReturned) return {};
  if (outcome.ending == Ending::kTimeout) return "TO";
  if (outcome.ending == Ending::kOutputLimit) {
    return outcome.error.ends_with("stderr") ? "EL" : "OL";
  }
  return exit_words(outcome).signal ? "SG" : "RE";
}

std::string run_of(const Outcome& outcome) {
  const ExitWords words = exit_words(outcome);
  const std::string_view status = status_of(outcome);
  const std::string err = outcome.err;
  const Usage& usage = outcome.usage;
  return json_object(
      {{"stdout", render_text(outcome.out)},
       {"stderr", render_text(err)},
       {"output", render_text(outcome.out + err)},
       {"code", words.code ? std::to_string(*words.code) : "null"},
       {"signal", words.signal ? render_text(signal_name(*words.signal)) : "null"},
       {"message", outcome.error.empty() ? "null" : render_text(outcome.error)},
       {"status", status.empty() ? "null" : render_text(status)},
       {"cpu_time", usage.cpu_seconds ? milliseconds_json(*usage.cpu_seconds) : "null"},
       {"wall_time", milliseconds_json(outcome.run_seconds)},
       {"memory", usage.peak_memory ? std::to_string(*usage.peak_memory) : "null"}});
}

Answer ran(const Outcome& outcome, const RuntimeFacts& facts, const JsonMembers& /*body*/) {
  if (outcome.ending == Ending::kBadRequest) {
    return message(400, refusal_text(outcome, {{"argv", "'args'"},
                                               {"code", "The program in 'files'"},
                                               {"files", "'files'", kFiles}}));
  }
  if (is_ours(outcome.ending)) return message(http_status(outcome.ending), outcome.error);
  return {200, json_object({{"run", run_of(outcome)},
                            {"language", "\"python\""},
                            {"version", render_text(facts.python)}}) +
                   "\n"};
}

Translation runtimes(const JsonMembers& /*body*/, const RuntimeFacts& facts) {
  const std::string runtime = json_object({{"language", "\"python\""},
                                           {"version", render_text(facts.python)},
                                           {"aliases", "[\"py\", \"python3\"]"},
                                           {"runtime", "\"cpython\""}});
  return {.call = {}, .answer = {200, "[" + runtime + "]\n"}, .patience = {}};
}

constexpr std::array kEndpoints = {
    Endpoint{"POST", "/api/v2/execute", execute, ran, true},
    Endpoint{"POST", "/api/v2/piston/execute", execute, ran, true},
    Endpoint{"GET", "/api/v2/runtimes", runtimes, nullptr, true},
    Endpoint{"GET", "/api/v2/piston/runtimes", runtimes, nullptr, true}};

}  // namespace

std::span<const Endpoint> piston_endpoints() {
  return kEndpoints;
}

}  // namespace executor
