#include "responder/commands.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "config/check.h"
#include "config/nginx.h"
#include "wire/control.h"
#include "wire/launch.h"

namespace executor {

int print_setups(const ServiceOptions& options) {
  std::string text;
  if (options.tier == Tier::kUid) text.append(kOnlyUidLine).append("\n");
  for (const PreloadSet& set : options.sets) {
    Setup setup = pool_options(options, set).setup;
    setup.tier = Tier::kUid;
    text.append(kSetupLine).append(to_hex(encode(ToZygote(setup)))).append("\n");
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}

int write_for_nginx(const Config& config) {
  if (!config.nginx_directory.empty()) {
    if (auto written = write_nginx_files(config, config.nginx_directory); !written) {
      std::fprintf(stderr, "python-executor: %s\n", written.error().text().c_str());
      return 2;
    }
  }
  if (config.openapi_template.empty()) return 0;
  const auto text = read_openapi(config, config.openapi_template);
  if (!text) {
    std::fprintf(stderr, "python-executor: %s\n", text.error().text().c_str());
    return 2;
  }
  return std::fwrite(text->data(), 1, text->size(), stdout) == text->size() ? 0 : 2;
}

int print_check(const Command& command) {
  const auto problems = problems_of(command);
  for (const std::string& problem : problems) {
    std::fprintf(stderr, "python-executor: %s\n", problem.c_str());
  }
  if (!problems.empty()) return 2;
  return std::puts("ok") < 0 ? 1 : 0;
}

int exec_client(char** argv) {
  std::error_code error;
  // The kernel puts the script's path in the place of argv[0], so that this is what names it.
  ::setenv("EXECUTOR_CALLED_AS", "python-executor run", 1);
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* directory : {"", "../libexec/python-executor", "../lib/python-executor"}) {
    ::execv((here / directory / "python-executor-client").c_str(), argv);
  }
  std::perror("python-executor: run: python-executor-client");
  return 2;
}

bool asks_about_run(int argc, char** argv) {
  if (argc < 3 || std::string_view(argv[2]) != "run") return false;
  const std::string_view word = argv[1];
  return word == "--help" || word == "-h";
}

}  // namespace executor
