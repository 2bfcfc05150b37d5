#include "execution/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/poll.h"
#include "wire/lifeline.h"

namespace executor {
namespace {

// A worker's packets may carry descriptors, whose last user would then be we: to close one may wait
// (SO_LINGER). Linux 6.16 can refuse them; before, the workers' filter of setsockopt must do.
void refuse_descriptors(int socket) {
  constexpr int kSoPassRights = 83;
  const int no = 0;
  (void)::setsockopt(socket, SOL_SOCKET, kSoPassRights, &no, sizeof no);
}

}  // namespace

Worker take_worker(std::uint64_t id, std::vector<UniqueFd> fds) {
  refuse_descriptors(fds[0].get());
  for (std::size_t i = 0; i < 3; ++i) ::fcntl(fds[i].get(), F_SETFL, O_NONBLOCK);
  return {.id = id,
          .job = std::move(fds[0]),
          .out = std::move(fds[1]),
          .err = std::move(fds[2]),
          .pidfd = std::move(fds[3]),
          .lifeline = fds.size() > 4 ? std::move(fds[4]) : UniqueFd()};
}

void kill_worker(const Worker& worker) {
  if (worker.cgroup) worker.cgroup.kill();
  if (worker.lifeline) {
    (void)::shutdown(worker.lifeline.get(), SHUT_WR);  // its end is still heard
  } else if (worker.pidfd) {
    (void)::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
  }
}

void announce_job(const Worker& worker) {
  if (worker.lifeline) (void)::send(worker.lifeline.get(), &kJobBegins, 1, MSG_NOSIGNAL);
}

News hear(const Worker& worker) {
  if (!worker.lifeline) return News::kGone;  // its pidfd has nothing else to say
  char word = 0;
  const ssize_t size = ::recv(worker.lifeline.get(), &word, 1, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return News::kNone;
  if (size <= 0) return News::kGone;
  return word == static_cast<char>(Excess::kMemory) ? News::kTooMuchMemory : News::kTooManyFiles;
}

void await_gone(const Worker& worker, Deadline deadline) {
  while (readable_by(end_of(worker), deadline) && hear(worker) != News::kGone) {
  }
}

int end_of(const Worker& worker) {
  return worker.lifeline ? worker.lifeline.get() : worker.pidfd.get();
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
