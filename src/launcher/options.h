// What the launcher is told on its command line, by whoever made the container.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace executor {

struct LauncherOptions {
  std::string user = "python-executor";  // whom the responder runs as
  std::string runner;                    // the one program that is started as root
  uid_t first_id = 20000;                // of the range that workers' user ids come from
  uid_t last_id = 29999;
  std::string directory = "/run/python-executor-workers";  // of the workers' files; root's
  bool without_firejail = false;     // the responder can gain no rights, so it cannot use firejail
  bool close_directories = false;    // takes what anybody may write in this container's own file
                                     // systems from others than root (launcher/closing.h)
  std::vector<std::string> command;  // the responder
};

// A failure is one line that names the option.
Result<LauncherOptions> read_options(int argc, char** argv);

}  // namespace executor
