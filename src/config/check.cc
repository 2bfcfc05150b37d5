#include "config/check.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/api_keys.h"
#include "config/sources.h"
#include "front/listener.h"
#include "jail/process.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMegabyte = 1 << 20;

// Prints the modules among its arguments that cannot be found, one a line. Finds a submodule by its
// parent's place and not by importing the parent, which would run it.
constexpr const char* kFindModules = R"(
import importlib.machinery, sys

def is_found(name):
    parts = name.split(".")
    path = None
    for end in range(1, len(parts) + 1):
        spec = importlib.machinery.PathFinder.find_spec(".".join(parts[:end]), path)
        if spec is None:
            return name in sys.builtin_module_names
        path = spec.submodule_search_locations
        if path is None and end < len(parts):
            return name == "os.path"
    return True

count = int(sys.argv[1])
sys.path[:0] = sys.argv[2:2 + count]
for name in sys.argv[2 + count:]:
    if not is_found(name):
        print(name)
)";

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

bool may_use_firejail(const ServiceOptions& service) {
  return !service.tier || traits_of(*service.tier).firejail;
}

// What the profile of the outer jail hides, /tmp included.
std::vector<fs::path> hidden_paths(const std::string& profile) {
  std::vector<fs::path> hidden;
  std::ifstream file(profile);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::string path;
    words >> word >> path;
    if (word == "blacklist" && path.starts_with("/")) hidden.emplace_back(path);
    if (word == "private-tmp") hidden.emplace_back("/tmp");
  }
  return hidden;
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto [end, ignored] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

// What is wrong with a path that scripts are to read, or "".
std::string problem_of_path(const std::string& path, const std::vector<fs::path>& hidden) {
  if (!fs::path(path).is_absolute()) return "is not an absolute path";
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return "cannot be read: " + error.message();
  for (const fs::path& directory : hidden) {
    if (is_below(real, directory) || is_below(fs::path(path).lexically_normal(), directory)) {
      return "is hidden by the jail's profile (blacklist " + directory.string() +
             "): choose a place such as /opt or /usr/local";
    }
  }
  return "";
}

void check_paths(const Config& config, std::vector<std::string>& problems) {
  const ServiceOptions& service = config.service;
  const auto hidden = may_use_firejail(service) ? hidden_paths(service.jail.firejail.profile)
                                                : std::vector<fs::path>();
  const std::set<std::string> on_path(service.setup.path.begin(), service.setup.path.end());
  for (const std::string& path : service.setup.expose) {
    const std::string problem = problem_of_path(path, hidden);
    if (problem.empty()) continue;
    problems.push_back((on_path.contains(path) ? "python-path: " : "expose: ") + quoted(path) +
                       " " + problem);
  }
}

void check_programs(const Config& config, std::vector<std::string>& problems) {
  const JailOptions& jail = config.service.jail;
  const auto check = [&problems](const char* name, const std::string& path, int mode) {
    if (::access(path.c_str(), mode) == 0) return;
    problems.push_back(std::string(name) + ": " + os_failure(quoted(path)).text());
  };
  check("runner", jail.runner, X_OK);
  if (!may_use_firejail(config.service)) return;
  // The default profile is there where the service is installed.
  const FirejailOptions defaults;
  if (jail.firejail.profile != defaults.profile) {
    check("firejail-profile", jail.firejail.profile, R_OK);
  }
  const bool required = traits_of(config.service.minimum_tier).firejail;
  if (required || jail.firejail.program != defaults.program) {
    check("firejail", jail.firejail.program, X_OK);
  }
}

// If this user may not read the file, root will read it: then it is enough that the file exists.
void check_keys(const std::string& path, std::vector<std::string>& problems) {
  if (path.empty()) return;
  if (::access(path.c_str(), R_OK) != 0 && errno == EACCES) return;
  const auto keys = read_api_keys(path);
  if (!keys) problems.push_back("api-keys-file: " + keys.error().text());
}

void check_socket(const std::string& socket, std::vector<std::string>& problems) {
  const auto checked = check_address(socket);
  if (!checked) problems.push_back("socket: " + checked.error().text());
}

void check_limits(const SandboxLimits& limits, std::vector<std::string>& problems) {
  if (limits.file_size <= limits.scratch) return;
  problems.push_back("file-size-limit-mb: no file can have " +
                     std::to_string(limits.file_size / kMegabyte) +
                     " MB where scratch-limit-mb is " + std::to_string(limits.scratch / kMegabyte));
}

void check_modules(const ServiceOptions& service, std::vector<std::string>& problems) {
  std::vector<std::string> command = {service.setup.python, "-I", "-c", kFindModules,
                                      std::to_string(service.setup.path.size())};
  command.insert(command.end(), service.setup.path.begin(), service.setup.path.end());
  std::vector<std::pair<std::string, std::string>> wanted;  // set and module
  for (const PreloadSet& set : service.sets) {
    for (const auto* modules : {&set.modules, &set.also}) {
      for (const std::string& name : *modules) wanted.emplace_back(set.name, name);
    }
  }
  for (const auto& [set, module] : wanted) command.push_back(module);
  const auto output = output_of(command);
  if (!output) {
    problems.push_back("preload: " + output.error().text());
    return;
  }
  std::istringstream lines(*output);
  std::set<std::string> missing;
  for (std::string name; std::getline(lines, name);) missing.insert(name);
  for (const auto& [set, module] : wanted) {
    if (!missing.contains(module)) continue;
    problems.push_back("preload: " + service.setup.python + " does not find the module " +
                       quoted(module) + " of the set " + quoted(set) +
                       "; install it, or name its directory with python-path");
  }
}

}  // namespace

std::vector<std::string> problems_of(const Command& command) {
  const Config& config = command.config;
  std::vector<std::string> problems;
  check_limits(config.service.setup.limits, problems);
  check_paths(config, problems);
  check_programs(config, problems);
  check_keys(config.nginx.keys_file, problems);
  check_socket(config.front.socket, problems);
  check_modules(config.service, problems);
  for (std::string& problem : problems) problem = with_origin(problem, command.origins);
  return problems;
}

}  // namespace executor
