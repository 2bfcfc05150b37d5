// python-executor-runner: started by firejail, the responder or the launcher with the control
// socket as descriptor 0. Not for use by hand.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "base/fd.h"
#include "runner/uid_slots.h"
#include "runner/zygote.h"

int main(int argc, char** argv) {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_SEQPACKET) {
    std::fputs("python-executor-runner is started by python-executor, not by hand\n", stderr);
    return 2;
  }
  auto slice = executor::read_slice(argc, argv);
  if (!slice) {
    std::fprintf(stderr, "python-executor-runner: %s\n", slice.error().text().c_str());
    return 2;
  }
  executor::UniqueFd control(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  const int status = executor::run_zygote(std::move(control), std::move(*slice));
  ::_exit(status);  // no destructors of a Python that was never meant to end
}
