#include "execution/worker.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace executor {

void kill_worker(const Worker& worker) {
  if (worker.cgroup) worker.cgroup.kill();
  if (worker.pidfd) {
    (void)::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
  }
}

int host_pid(const Worker& worker) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(worker.pidfd.get()));
  for (std::string key; info >> key;) {
    int pid = -1;
    if (key == "Pid:" && info >> pid) return pid;
  }
  return -1;
}

}  // namespace executor
