// python-executor-launcher: what stays root in a container that grants no namespaces.
//
//   python-executor-launcher [OPTIONS] --runner /usr/lib/.../python-executor-runner --
//   /usr/bin/python-executor ...
//
// Theory of operation. The launcher starts the responder as an unprivileged user and gives it one
// end of a socket (--launcher-fd). With that end one thing can be asked for: a zygote, which is the
// runner program of the launcher's own command line, with a slice of the range of user ids that no
// other zygote has, and with one of the setups that the responder's command printed before the
// responder was started (launcher/setups.h): what a zygote, which is root, loads and executes is
// never the responder's choice. The launcher never sees a byte of a request or of a script. A
// zygote is killed when the responder lets go of its lifeline (wire/launch.h). When a zygote has
// ended, everything of its slice is killed and removed before the slice is given to another. When
// the responder ends, everything ends, with the responder's status.
#include <stdio.h>

#include "launcher/launcher.h"

int main(int argc, char** argv) {
  const auto options = executor::read_options(argc, argv);
  if (!options) {
    fprintf(stderr, "python-executor-launcher: %s\n", options.error().text().c_str());
    return 2;
  }
  const auto status = executor::run_launcher(*options);
  if (status) return *status;
  fprintf(stderr, "python-executor-launcher: %s\n", status.error().text().c_str());
  return 1;
}
