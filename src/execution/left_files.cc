#include "execution/left_files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/poll.h"

namespace executor {
namespace {

constexpr auto kLongestRead = std::chrono::seconds(3);
// Besides the files: their names, and reasons why some are omitted.
constexpr std::size_t kOverhead = 1 << 20;

// False when the worker does not take it in time.
bool send(const Worker& reader, std::string_view packet, std::span<const int> fds,
          Deadline deadline) {
  for (;;) {
    const auto sent = send_packet(reader.job.get(), packet, fds);
    if (sent) return true;
    if (sent.error().error != EAGAIN) return false;
    std::array<pollfd, 1> writable = {pollfd{reader.job.get(), POLLOUT, 0}};
    if (poll_until(writable, deadline) == 0) return false;
  }
}

std::optional<Claim> receive(const Worker& reader, ClaimReader& claims, Deadline deadline) {
  while (readable_by(reader.job.get(), deadline)) {
    auto packet = receive_packet(reader.job.get(), kMaxPacket, MSG_DONTWAIT);
    if (!packet || !*packet) return std::nullopt;
    const auto state = claims.feed((*packet)->bytes);  // announcements are ignored
    if (state == ClaimReader::State::kDone) return claims.take();
    if (state == ClaimReader::State::kBroken) return std::nullopt;
  }
  return std::nullopt;
}

// What the reader needs of a job: which files, and which of them were there before.
Job wanted_of(const Job& job) {
  Job wanted{.dialect = job.dialect, .outputs = job.outputs, .limits = job.limits};
  if (job.outputs.changed) wanted.files = job.files;
  return wanted;
}

}  // namespace

Attachment files_not_read() {
  return {AttachmentKind::kOmittedFile, "...", "the run was ended before its files were read"};
}

UniqueFd hold_directory(const Worker& worker) {
  const int pid = is_watched_by_zygote(worker) ? -1 : host_pid(worker);
  if (pid <= 0) return {};
  const std::string path = "/proc/" + std::to_string(pid) + "/cwd";
  UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  // While the worker lives the number is its own.
  std::array<pollfd, 1> gone = {pollfd{worker.pidfd.get(), POLLIN, 0}};
  if (::poll(gone.data(), gone.size(), 0) != 0) return {};
  return directory;
}

std::optional<std::vector<Attachment>> read_left_files(const Job& job, int directory,
                                                       const Worker& reader,
                                                       std::uint64_t max_result) {
  const auto deadline = Deadline::after(kLongestRead);
  const Nonce nonce = make_nonce();
  std::array<int, 1> fds = {directory};
  std::span<const int> along = fds;  // with the first packet
  const auto send_packet = [&](std::string_view packet) {
    return send(reader, packet, std::exchange(along, {}), deadline);
  };
  if (!send_job(wanted_of(job), JobInputs(), nonce, send_packet)) return std::nullopt;
  ClaimReader claims(nonce, max_result + kOverhead);
  auto claim = receive(reader, claims, deadline);
  if (!claim) return std::nullopt;
  return std::move(claim->attachments);
}

}  // namespace executor
