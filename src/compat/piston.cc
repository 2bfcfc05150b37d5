// Piston, version 2 of its interface (https://github.com/engineer-man/piston): the first file is
// the program, times are in milliseconds. What is wrong with a request is 400 with a `message`.
#include <array>

#include "base/base64.h"
#include "base/utf8.h"
#include "compat/adapters.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "contract/json_text.h"

namespace executor {
namespace {

Answer message(int status, std::string_view text) {
  return {status, json_object({{"message", render_text(text)}}) + "\n"};
}

Translation refused(std::string_view text) {
  return {.call = {}, .answer = message(400, text), .patience = {}};
}

// "*", "3.x", "3.10.0": any Python 3 is meant.
bool is_version(std::string_view version) {
  return version == "*" || version == "x" || version.starts_with("3");
}

struct Files {
  std::string program;  // JSON text of a string
  std::string others;   // `files` of POST /execute
  std::string fault;
};

// The program as POST /execute takes it: text. What is sent in base64 is decoded.
std::string program_text(const JsonMembers& file) {
  if (file.string("encoding") != "base64") return std::string(file["content"]);
  const auto bytes = from_base64(file.string("content"));
  return bytes && is_valid_utf8(*bytes) ? render_text(*bytes) : "";
}

Files read_files(std::string_view array) {
  Files files;
  if (!is_array(array)) return {{}, {}, "files is required as an array"};
  std::string rest = "[";
  std::size_t count = 0;
  each_element(array, [&](std::string_view element) {
    const JsonMembers file(element);
    const std::string number = "files[" + std::to_string(count) + "]";
    if (!is_string(file["content"])) {
      files.fault = number + ".content is required as a string";
    } else if (count == 0) {
      files.program = program_text(file);
      if (files.program.empty()) files.fault = number + ".content is not base64 of text";
    } else if (!is_string(file["name"])) {
      files.fault = number + ".name is required as a string";
    } else {
      rest.append(rest.size() > 1 ? ", " : "").append(element);
    }
    ++count;
    return files.fault.empty();
  });
  if (count == 0) files.fault = "files must have the program";
  files.others = files_of(rest + "]", "name", "content", false).value_or("{}");
  return files;
}

Translation execute(const JsonMembers& body, const RuntimeFacts& /*facts*/) {
  if (!is_string(body["language"])) return refused("language is required as a string");
  if (!is_string(body["version"])) return refused("version is required as a string");
  const std::string language = body.string("language");
  const std::string version = body.string("version");
  if (!is_python(language) || !is_version(version)) {
    return refused(language + "-" + version + " runtime is unknown");
  }
  const Files files = read_files(body["files"]);
  if (!files.fault.empty()) return refused(files.fault);
  return {.call = Call{json_object({{"code", files.program},
                                    {"files", files.others},
                                    {"stdin", body["stdin"]},
                                    {"argv", body["args"]},
                                    {"timeout", seconds_of_milliseconds(body["run_timeout"])},
                                    {"usage", "true"}}),
                       {}},
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

Answer ran(const Outcome& outcome, const RuntimeFacts& facts) {
  if (outcome.ending == Ending::kBadRequest) return message(400, outcome.error);
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
