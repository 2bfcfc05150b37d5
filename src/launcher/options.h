// The launcher's command line, which the maker of the container chooses.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace executor {

struct LauncherOptions {
  std::string user = "python-executor";  // the user that the responder runs as
  std::string runner;                    // the one program that is started as root
  uid_t first_id = 20000;                // of the range that workers' user ids come from
  uid_t last_id = 29999;
  std::string directory = "/run/python-executor-workers";  // of the workers' files; root's
  bool without_firejail = false;     // the responder can gain no rights, so it cannot use firejail
  bool remove_world_write = false;   // remove world write permission in this container's own file
                                     // systems (launcher/world_writable.h)
  std::vector<std::string> command;  // the responder
};

// A failure is one line that names the option.
Result<LauncherOptions> read_options(int argc, char** argv);

}  // namespace executor
