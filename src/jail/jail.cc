#include "jail/jail.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <mutex>

#include "base/poll.h"
#include "wire/launch.h"
#include "wire/packet.h"

namespace executor {
namespace {

std::mutex& launch_mutex() {
  static std::mutex mutex;
  return mutex;
}

Result<void> wait_readable(int socket, Deadline deadline) {
  pollfd event{socket, POLLIN, 0};
  const int ready = poll_until({&event, 1}, deadline);
  if (ready > 0) return {};
  if (ready < 0) return os_failure("wait for the zygote");
  return failure("start the zygote: it was not ready in time");
}

Result<FromJail> read_message(Tier tier, Packet packet) {
  auto message = decode_from_zygote(packet.bytes);
  if (!message) return failure("read the zygote's message: it is not one");
  const bool worker = std::holds_alternative<WorkerStarted>(*message);
  if (packet.fds.size() != (worker ? worker_fds(tier) : 0)) {
    return failure("read the zygote's message: wrong number of descriptors");
  }
  return FromJail{std::move(*message), std::move(packet.fds)};
}

Failure ended_too_soon() {
  return failure("start the zygote: the jail ended before the zygote was ready");
}

// The zygote's answer to its setup: Python's version, or why it could not start.
Result<std::string> await_ready(Tier tier, int control, Deadline deadline) {
  if (auto readable = wait_readable(control, deadline); !readable) return readable.error();
  auto packet = receive_packet(control);
  // ECONNRESET: it ended without having read its setup.
  const bool ended = packet ? !*packet : packet.error().error == ECONNRESET;
  if (ended) return ended_too_soon();
  if (!packet) return packet.error();
  auto from = read_message(tier, std::move(**packet));
  if (!from) return from.error();
  if (const auto* failed = std::get_if<ZygoteFailed>(&from->message)) {
    return failure("start the zygote: " + failed->text);
  }
  const auto* ready = std::get_if<Ready>(&from->message);
  if (ready == nullptr) return failure("start the zygote: an unexpected message");
  return ready->python_version;
}

Result<Started> start_process(const std::vector<std::string>& command, const std::string& runner,
                              int control) {
  const UniqueFd program(::open(runner.c_str(), O_RDONLY | O_CLOEXEC));
  if (!program) return os_failure("open the runner " + runner);
  auto process = Process::start(command, control, program.get());
  if (!process) return process.error();
  return Started(std::move(*process));
}

Result<Started> start_by_launcher(int launcher, int control, Deadline deadline) {
  const std::array fds = {control};
  if (auto sent = send_packet(launcher, kLaunchRequest, fds); !sent) return sent.error();
  if (auto readable = wait_readable(launcher, deadline); !readable) return readable.error();
  auto answer = receive_packet(launcher);
  if (!answer) return answer.error();
  if (!*answer) return failure("start the zygote: the launcher is gone");
  auto& ours = (*answer)->fds;
  if ((*answer)->bytes != kLaunched || ours.size() != kLaunchedFds) {
    return failure("start the zygote: the launcher says: " + (*answer)->bytes);
  }
  return Started(std::move(ours[0]), std::move(ours[1]));
}

Result<Started> start_tier(Tier tier, const JailOptions& options, int control, Deadline deadline) {
  switch (tier) {
    case Tier::kFull:
      return start_process(firejail_command(options.firejail), options.runner, control);
    case Tier::kNamespaces:
      return start_process({"/proc/self/fd/" + std::to_string(kRunnerFd)}, options.runner, control);
    case Tier::kUid:
      break;
  }
  return start_by_launcher(options.launcher_fd, control, deadline);
}

}  // namespace

Started::~Started() {
  constexpr auto kPatience = std::chrono::seconds(3);  // then its lifeline is closed
  if (pidfd_) (void)readable_by(pidfd_.get(), Deadline::after(kPatience));
}

void Started::kill() {
  if (process_) ::kill(process_->pid(), SIGKILL);
  lifeline_.reset();
}

Result<void> check_tier(Tier tier, const JailOptions& options) {
  switch (tier) {
    case Tier::kFull:
      return check_firejail(options.firejail);
    case Tier::kNamespaces:
      return {};
    case Tier::kUid:
      break;
  }
  if (options.launcher_fd >= 0) return {};
  return failure("python-executor was not started by python-executor-launcher");
}

Result<Jail> Jail::start(const JailOptions& options, const Setup& setup) {
  const std::lock_guard one_at_a_time(launch_mutex());
  const auto deadline = Deadline::after(options.start_timeout);
  auto sockets = packet_socketpair();
  if (!sockets) return sockets.error();
  auto started = start_tier(setup.tier, options, sockets->second.get(), deadline);
  if (!started) return started.error();
  sockets->second.reset();
  UniqueFd control = std::move(sockets->first);
  auto sent = send_packet(control.get(), encode(ToZygote(setup)));
  if (!sent && sent.error().error == EPIPE) return ended_too_soon();
  if (!sent) return sent.error();
  // A zygote that does not read must not keep who asks it for workers.
  const timeval patience{0, 10'000};
  if (::setsockopt(control.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
    return os_failure("use the control socket");
  }
  auto version = await_ready(setup.tier, control.get(), deadline);
  if (!version) {
    started->kill();
    return version.error();
  }
  return Jail(setup.tier, std::move(*started), std::move(control), std::move(*version));
}

Result<void> Jail::spawn(std::uint32_t count) const {
  return send_packet(control_.get(), encode(ToZygote(Spawn{count})));
}

Result<void> Jail::spawn_into(int cgroup) const {
  return send_packet(control_.get(), encode(ToZygote(Spawn{1})), {&cgroup, 1});
}

Result<std::optional<FromJail>> Jail::next() const {
  auto packet = receive_packet(control_.get());
  if (!packet) return packet.error();
  if (!*packet) return std::optional<FromJail>();
  auto message = read_message(tier_, std::move(**packet));
  if (!message) return message.error();
  return std::optional<FromJail>(std::move(*message));
}

}  // namespace executor
