#include "jail/jail.h"

#include <fcntl.h>

#include <mutex>

#include "base/poll.h"
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

Result<FromJail> read_message(Packet packet) {
  auto message = decode_from_zygote(packet.bytes);
  if (!message) return failure("read the zygote's message: it is not one");
  const bool worker = std::holds_alternative<WorkerStarted>(*message);
  if (packet.fds.size() != (worker ? kWorkerFds : 0)) {
    return failure("read the zygote's message: wrong number of descriptors");
  }
  return FromJail{std::move(*message), std::move(packet.fds)};
}

// The zygote's answer to its setup: Python's version, or why it could not start.
Result<std::string> await_ready(int control, Deadline deadline) {
  if (auto readable = wait_readable(control, deadline); !readable) return readable.error();
  auto packet = receive_packet(control);
  // ECONNRESET: it ended without having read its setup.
  const bool ended = packet ? !*packet : packet.error().error == ECONNRESET;
  if (ended) return failure("start the zygote: the jail ended before the zygote was ready");
  if (!packet) return packet.error();
  auto from = read_message(std::move(**packet));
  if (!from) return from.error();
  if (const auto* failed = std::get_if<ZygoteFailed>(&from->message)) {
    return failure("start the zygote: " + failed->text);
  }
  const auto* ready = std::get_if<Ready>(&from->message);
  if (ready == nullptr) return failure("start the zygote: an unexpected message");
  return ready->python_version;
}

// The command line, program first, of the runner that is open as kRunnerFd.
std::vector<std::string> command_of(Tier tier, const JailOptions& options) {
  switch (tier) {
    case Tier::kFull:
      return firejail_command(options.firejail);
    case Tier::kNamespaces:
    case Tier::kUid:
      break;
  }
  return {"/proc/self/fd/" + std::to_string(kRunnerFd)};
}

}  // namespace

Result<void> check_tier(Tier tier, const JailOptions& options) {
  switch (tier) {
    case Tier::kFull:
      return check_firejail(options.firejail);
    case Tier::kNamespaces:
      return {};
    case Tier::kUid:
      break;
  }
  return failure("there is no launcher");
}

Result<Jail> Jail::start(const JailOptions& options, const Setup& setup) {
  const std::lock_guard one_at_a_time(launch_mutex());
  const UniqueFd runner(::open(options.runner.c_str(), O_RDONLY | O_CLOEXEC));
  if (!runner) return os_failure("open the runner " + options.runner);
  auto sockets = packet_socketpair();
  if (!sockets) return sockets.error();
  auto process =
      Process::start(command_of(setup.tier, options), sockets->second.get(), runner.get());
  if (!process) return process.error();
  sockets->second.reset();
  UniqueFd control = std::move(sockets->first);
  if (auto sent = send_packet(control.get(), encode(ToZygote(setup))); !sent) return sent.error();
  auto version = await_ready(control.get(), Deadline::after(options.start_timeout));
  if (!version) return version.error();
  return Jail(std::move(*process), std::move(control), std::move(*version));
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
  auto message = read_message(std::move(**packet));
  if (!message) return message.error();
  return std::optional<FromJail>(std::move(*message));
}

}  // namespace executor
