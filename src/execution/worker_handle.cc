#include "execution/worker_handle.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/poll.h"
#include "base/process_stat.h"
#include "wire/lifeline.h"

namespace executor {
namespace {

// A worker's packets may carry descriptors of which we would then be the last user: closing one may
// block (SO_LINGER). Linux 6.16 can refuse them; before, the workers' filter of setsockopt must do.
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

bool is_watched_by_zygote(const Worker& worker) {
  return static_cast<bool>(worker.lifeline);
}

Nonce make_nonce() {
  Nonce nonce;
  while (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {
  }
  return nonce;
}

void kill_worker(const Worker& worker) {
  if (worker.cgroup) worker.cgroup.kill();
  if (worker.lifeline) {
    (void)::shutdown(worker.lifeline.get(), SHUT_WR);  // its end is still received
  } else if (worker.pidfd) {
    (void)::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
  }
}

void announce_job(const Worker& worker, const LowerLimits& limits) {
  const JobBegins begins{.memory = limits.memory, .scratch = limits.scratch};
  if (worker.lifeline) (void)::send(worker.lifeline.get(), &begins, sizeof begins, MSG_NOSIGNAL);
}

WorkerEvent read_event(const Worker& worker) {
  if (!worker.lifeline) return WorkerEvent::kGone;  // its pidfd reports nothing else
  char word = 0;
  const ssize_t size = ::recv(worker.lifeline.get(), &word, 1, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return WorkerEvent::kNone;
  if (size <= 0) return WorkerEvent::kGone;
  return word == static_cast<char>(LimitExceeded::kMemory) ? WorkerEvent::kTooMuchMemory
                                                           : WorkerEvent::kTooManyFiles;
}

void await_gone(const Worker& worker, Deadline deadline) {
  while (readable_by(event_fd(worker), deadline) && read_event(worker) != WorkerEvent::kGone) {
  }
}

int event_fd(const Worker& worker) {
  return worker.lifeline ? worker.lifeline.get() : worker.pidfd.get();
}

int host_pid(const Worker& worker) {
  return process_of(worker.pidfd.get());
}

}  // namespace executor
