#include "contender.h"

#include <sstream>
#include <utility>

#include "command_client.h"
#include "http_client.h"
#include "options.h"
#include "socket_client.h"

namespace executor::bench {
namespace {

constexpr const char* kNothing = "nothing";
// The service's preload sets, each with the common modules of its configuration.
constexpr const char* kLightSet = "light set: common modules";
constexpr const char* kDataSet = "data set: common modules, numpy, pandas";
constexpr const char* kServiceSets = "by script: light set or data set";
constexpr const char* kNone = "none";
// In the zygote and, while they wait, in the workers.
constexpr const char* kServiceWarmUp = "trivial script; data set: idle workers a pandas script too";

std::function<ClientPtr(const Script&)> over_http(const std::string& endpoint) {
  return [endpoint](const Script& script) { return make_http_client(endpoint, script); };
}

std::function<ClientPtr(const Script&)> over_socket(const std::string& path) {
  return [path](const Script& script) { return make_socket_client(path, script); };
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::function<ClientPtr(const Script&)> by_command(const std::string& line) {
  return
      [words = words_of(line)](const Script& script) { return make_command_client(words, script); };
}

}  // namespace

std::vector<Contender> make_contenders(const Options& options) {
  std::vector<Contender> all;
  const auto add = [&all](const std::string& given, Contender contender) {
    if (!given.empty()) all.push_back(std::move(contender));
  };
  const bool each_in_firejail = !options.firejail.empty() && !options.python.empty();

  add(options.service, {"service", "**python-executor**", kServiceSets, kServiceWarmUp, "full",
                        "HTTP, kept", true, over_http(options.service)});
  add(options.bare_light,
      {"bare-light", "bare server, optimised as the service's workers are", kLightSet,
       kServiceWarmUp, kNone, "unix socket", false, over_socket(options.bare_light)});
  add(options.bare_data,
      {"bare-data", "bare server, optimised as the service's workers are", kDataSet, kServiceWarmUp,
       kNone, "unix socket", true, over_socket(options.bare_data)});
  add(options.plain_light, {"plain-light", "plain fork server, 8 workers pre-forked", kLightSet,
                            kNone, kNone, "unix socket", false, over_socket(options.plain_light)});
  add(options.plain_data, {"plain-data", "plain fork server, 8 workers pre-forked", kDataSet, kNone,
                           kNone, "unix socket", true, over_socket(options.plain_data)});
  add(options.python, {"python", "`python3 -c` for each request", kNothing, kNone, kNone,
                       "a process", true, by_command(options.python)});
  add(each_in_firejail ? options.firejail : "",
      {"firejail", "`firejail python3 -c` for each request", kNothing, kNone,
       "firejail, the service's profile", "a process", true,
       by_command(options.firejail + " " + options.python)});
  add(options.flask, {"flask", "Flask under gunicorn, a subprocess for each request", kNothing,
                      kNone, kNone, "HTTP, closed", true, over_http(options.flask)});
  return all;
}

std::optional<Contender> make_base(const Options& options) {
  if (options.base.empty()) return std::nullopt;
  return Contender{"base", options.base_name, kServiceSets, kServiceWarmUp,
                   "full", "HTTP, kept",      true,         over_http(options.base)};
}

}  // namespace executor::bench
