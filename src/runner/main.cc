// python-executor-runner: started by firejail, the responder or the launcher with the control
// socket as descriptor 0. Not for use by hand.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "base/fd.h"
#include "runner/uid_slots.h"
#include "runner/zygote.h"

namespace {

// Has every function of every library found now, by executing this program again where that was not
// asked for yet (ld.so(8)): else each worker would look up those that its script is the first to
// call. Scripts have another environment. Where it cannot be done they are looked up when called.
void bind_all_functions(char** argv) {
  constexpr const char* kBindNow = "LD_BIND_NOW";
  if (::getenv(kBindNow) != nullptr || ::setenv(kBindNow, "1", 1) != 0) return;
  ::execv("/proc/self/exe", argv);
}

}  // namespace

int main(int argc, char** argv) {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_SEQPACKET) {
    std::fputs("python-executor-runner is started by python-executor, not by hand\n", stderr);
    return 2;
  }
  bind_all_functions(argv);
  auto slice = executor::read_slice(argc, argv);
  if (!slice) {
    std::fprintf(stderr, "python-executor-runner: %s\n", slice.error().text().c_str());
    return 2;
  }
  executor::UniqueFd control(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  const int status = executor::run_zygote(std::move(control), std::move(*slice));
  ::_exit(status);  // no destructors of a Python that was never meant to end
}
