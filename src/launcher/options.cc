#include "launcher/options.h"

#include <getopt.h>

#include <cstdio>
#include <cstdlib>

#include "wire/ids.h"

namespace executor {
namespace {

constexpr uid_t kHighestId = 1 << 30;  // far from the ids with a meaning at the top
constexpr uid_t kFewestIds = 64;

Result<void> read_range(const char* text, LauncherOptions& options) {
  char rest = 0;
  if (std::sscanf(text, "%u-%u%c", &options.first_id, &options.last_id, &rest) != 2 ||
      options.first_id < kLowestUserId || options.last_id > kHighestId ||
      options.last_id < options.first_id + kFewestIds - 1) {
    return failure("--uid-range must look like 20000-29999, with " + std::to_string(kFewestIds) +
                   " ids or more from " + std::to_string(kLowestUserId) + " on");
  }
  return {};
}

Result<void> check(const LauncherOptions& options) {
  if (options.runner.empty() || options.runner[0] != '/') {
    return failure("--runner must be the absolute path of python-executor-runner");
  }
  if (options.directory.empty() || options.directory[0] != '/') {
    return failure("--directory must be an absolute path");
  }
  if (options.command.empty()) return failure("the responder's command must follow --");
  if (options.command[0][0] != '/') {
    return failure("the responder's command must begin with the absolute path of a program");
  }
  return {};
}

}  // namespace

Result<LauncherOptions> read_options(int argc, char** argv) {
  enum Option : int { kUser = 1, kRunner, kRange, kDirectory, kWithoutFirejail, kClose };
  const option table[] = {{"user", required_argument, nullptr, kUser},
                          {"runner", required_argument, nullptr, kRunner},
                          {"uid-range", required_argument, nullptr, kRange},
                          {"directory", required_argument, nullptr, kDirectory},
                          {"without-firejail", no_argument, nullptr, kWithoutFirejail},
                          {"close-directories", no_argument, nullptr, kClose},
                          {}};
  LauncherOptions options;
  ::opterr = 0;
  for (int which = 0; (which = ::getopt_long(argc, argv, "+", table, nullptr)) != -1;) {
    switch (which) {
      case kUser:
        options.user = optarg;
        break;
      case kRunner:
        options.runner = optarg;
        break;
      case kRange:
        if (auto read = read_range(optarg, options); !read) return read.error();
        break;
      case kDirectory:
        options.directory = optarg;
        break;
      case kWithoutFirejail:
        options.without_firejail = true;
        break;
      case kClose:
        options.remove_world_write = true;
        break;
      default:
        return failure(std::string("unknown or incomplete option ") + argv[optind - 1]);
    }
  }
  options.command.assign(argv + optind, argv + argc);
  if (auto fine = check(options); !fine) return fine.error();
  return options;
}

}  // namespace executor
