#include "jail/jail.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <mutex>

#include "base/poll.h"
#include "jail/profile.h"
#include "wire/launch.h"
#include "wire/packet.h"

namespace executor {
namespace {

struct Launching {
  std::mutex one_at_a_time;
  // Of the launcher, which answers in order; with those that came too late to be waited for.
  std::size_t answers_to_come = 0;
};
Launching& launching() {
  static Launching state;
  return state;
}

Result<void> wait_readable(int socket, Deadline deadline) {
  pollfd event{socket, POLLIN, 0};
  const int ready = poll_until({&event, 1}, deadline);
  if (ready > 0) return {};
  if (ready < 0) return os_failure("wait for the zygote");
  return failure("start the zygote: it was not ready in time");
}

std::size_t fds_with(const FromZygote& message, Tier tier) {
  if (std::holds_alternative<WorkerStarted>(message)) return worker_fds(tier);
  return std::holds_alternative<NeedsIds>(message) ? 1 : 0;
}

Result<FromJail> read_message(Tier tier, Packet packet) {
  auto message = decode_from_zygote(packet.bytes);
  if (!message) return failure("read the zygote's message: it is not one");
  if (packet.fds.size() != fds_with(*message, tier)) {
    return failure("read the zygote's message: wrong number of descriptors");
  }
  return FromJail{std::move(*message), std::move(packet.fds)};
}

Failure ended_too_soon() {
  return failure("start the zygote: the jail ended before the zygote was ready");
}

// The zygote's next message while it starts; its failure to start is a failure here.
Result<FromJail> await_message(Tier tier, int control, Deadline deadline) {
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
  return from;
}

// Waits for the rest of a zygote's start, of which `first` is the first message. Returns Python's
// version.
Result<std::string> await_ready(Tier tier, Identity& identity, int control, FromJail first,
                                Deadline deadline) {
  Result<FromJail> from = std::move(first);
  if (std::holds_alternative<NeedsIds>(from->message)) {
    const auto given = identity.give(from->fds[0].get());
    if (!given) return given.error();
    if (auto sent = send_packet(control, encode(ToZygote(*given))); !sent) return sent.error();
    from = await_message(tier, control, deadline);
  }
  if (!from) return from.error();
  const auto* ready = std::get_if<Ready>(&from->message);
  if (ready == nullptr) return failure("start the zygote: an unexpected message");
  return ready->python_version;
}

Result<RunnerHandle> start_process(const std::vector<std::string>& command,
                                   const std::string& runner, int control) {
  const UniqueFd program(::open(runner.c_str(), O_RDONLY | O_CLOEXEC));
  if (!program) return os_failure("open the runner " + runner);
  auto process = Process::start(command, control, program.get());
  if (!process) return process.error();
  return RunnerHandle(std::move(*process));
}

// The launcher's answer to the last request. A zygote of an earlier one ends with its lifeline
// here.
Result<std::optional<Packet>> await_launched(int launcher, Deadline deadline) {
  std::size_t& to_come = launching().answers_to_come;
  for (;;) {
    if (auto readable = wait_readable(launcher, deadline); !readable) return readable.error();
    auto answer = receive_packet(launcher);
    if (--to_come == 0 || (answer && !*answer)) return answer;
  }
}

// The launcher gives the zygote the setup, which it knows from its own command line.
Result<RunnerHandle> start_by_launcher(int launcher, int control, const Setup& setup,
                                       Deadline deadline) {
  const std::array fds = {control};
  const std::string request = encode_launch(digest_of(encode(ToZygote(setup))));
  if (auto sent = send_packet(launcher, request, fds); !sent) return sent.error();
  ++launching().answers_to_come;
  auto answer = await_launched(launcher, deadline);
  if (!answer) return answer.error();
  if (!*answer) return failure("start the zygote: the launcher is gone");
  auto& ours = (*answer)->fds;
  if ((*answer)->bytes != kLaunched || ours.size() != kLaunchedFds) {
    return failure("start the zygote: the launcher says: " + (*answer)->bytes);
  }
  return RunnerHandle(std::move(ours[0]), std::move(ours[1]));
}

Result<RunnerHandle> start_tier(const Setup& setup, const JailOptions& options, int control,
                                Deadline deadline) {
  const TierTraits traits = traits_of(setup.tier);
  if (traits.launcher) return start_by_launcher(options.launcher_fd, control, setup, deadline);
  if (!traits.firejail) {
    return start_process({"/proc/self/fd/" + std::to_string(kRunnerFd)}, options.runner, control);
  }
  if (auto trusted = check_profile_file(options.firejail.profile); !trusted) {
    return trusted.error();
  }
  return start_process(firejail_command(options.firejail), options.runner, control);
}

Result<void> send_setup(int control, const Setup& setup) {
  if (traits_of(setup.tier).launcher) return {};  // it has given the zygote its own
  auto sent = send_packet(control, encode(ToZygote(setup)));
  if (!sent && sent.error().error == EPIPE) return ended_too_soon();
  return sent;
}

}  // namespace

RunnerHandle::~RunnerHandle() {
  constexpr auto kPatience = std::chrono::seconds(3);  // then its lifeline is closed
  if (pidfd_) (void)readable_by(pidfd_.get(), Deadline::after(kPatience));
}

void RunnerHandle::kill() {
  if (process_) ::kill(process_->pid(), SIGKILL);
  lifeline_.reset();
}

Result<void> check_tier(Tier tier, const JailOptions& options) {
  const TierTraits traits = traits_of(tier);
  if (traits.launcher && options.launcher_fd < 0) {
    return failure("python-executor was not started by python-executor-launcher");
  }
  return traits.firejail ? check_firejail(options.firejail) : Result<void>();
}

Result<Jail> Jail::start(const JailOptions& options, const Setup& setup) {
  const auto begun = Clock::now();
  std::unique_lock one_at_a_time(launching().one_at_a_time);
  const auto deadline = Deadline::after(options.start_timeout);
  auto identity = Identity::prepare(options.identity, options.run_ids, setup);
  if (!identity) return identity.error();
  auto sockets = packet_socketpair();
  if (!sockets) return sockets.error();
  auto started = start_tier(setup, options, sockets->second.get(), deadline);
  if (!started) return started.error();
  sockets->second.reset();
  UniqueFd control = std::move(sockets->first);
  Setup settled = setup;
  settled.own_ids = identity->is_own();
  if (auto sent = send_setup(control.get(), settled); !sent) return sent.error();
  // A zygote that stops reading must not block callers of spawn().
  const timeval patience{0, 10'000};
  if (::setsockopt(control.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
    return os_failure("use the control socket");
  }
  auto first = await_message(setup.tier, control.get(), deadline);
  // What speaks is the runner: firejail has made the jail. Several may start Python at once.
  one_at_a_time.unlock();
  const auto made = Clock::now();
  auto version =
      first ? await_ready(setup.tier, *identity, control.get(), std::move(*first), deadline)
            : Result<std::string>(first.error());
  if (!version) {
    started->kill();
    return version.error();
  }
  Jail jail(setup.tier, std::move(*identity), std::move(*started), std::move(control),
            std::move(*version));
  jail.start_times_ = {made - begun, Clock::now() - made};
  return jail;
}

Result<void> Jail::spawn(std::uint32_t count) const {
  return send_packet(control_.get(), encode(ToZygote(Spawn{count})));
}

Result<void> Jail::spawn_into(int cgroup) const {
  return send_packet(control_.get(), encode(ToZygote(Spawn{1})), {&cgroup, 1});
}

Result<std::optional<FromJail>> Jail::next() const {
  auto packet = receive_packet(control_.get());
  // Only a new worker has descriptors, and it ends when its channels are closed, as they were. No
  // fault of the zygote, as when it cannot send them: ETOOMANYREFS.
  if (!packet && packet.error().error == EMFILE) {
    return std::optional(FromJail{ZygoteFailed{packet.error().text(), ETOOMANYREFS}, {}});
  }
  if (!packet) return packet.error();
  if (!*packet) return std::optional<FromJail>();
  auto message = read_message(tier_, std::move(**packet));
  if (!message) return message.error();
  return std::optional<FromJail>(std::move(*message));
}

}  // namespace executor
