// Theory of operation
//
// The thread that has the request also watches its run. It polls the job socket (the claim), the
// pidfd (everything of the worker is gone), the client's connection, and the two output pipes; the
// pipes at most every few milliseconds, because a script that prints a lot would otherwise wake it
// for each line. What arrives on the job socket and the pipes comes from a hostile process.

#include "execution/run.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/capped_text.h"
#include "base/peer.h"
#include "base/poll.h"
#include "execution/memory_watch.h"
#include "execution/oom_kills.h"
#include "wire/job.h"

namespace executor {
namespace {

// How long the pipes are left alone after they were read: 64 KiB of pipe fill in that time at
// 13 MB/s before the writer has to wait.
constexpr auto kReadInterval = std::chrono::milliseconds(5);
// How often the memory of a run is summed up.
constexpr auto kMemoryInterval = std::chrono::milliseconds(50);
// How long the zygote may take to say how a worker ended that is known to be gone.
constexpr auto kExitReportLimit = std::chrono::seconds(2);
// Packets without the nonce that are read before the rest is left in the socket.
constexpr int kMostForeignPackets = 256;
// Packets that are read before deadlines and limits are looked at again.
constexpr int kMostPacketsAtOnce = 256;
// What a claim may carry beside the result: the error's text and the traceback, both capped.
constexpr std::size_t kClaimOverhead = 1 << 20;

Nonce make_nonce() {
  Nonce nonce;
  while (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {
  }
  return nonce;
}

// One output pipe of the worker.
struct Stream {
  Stream(int pipe, std::string_view stream_name, std::size_t limit)
      : fd(pipe), name(stream_name), text(limit) {}

  // Reads until the pipe is empty or the limit exceeded, but at most `most` bytes: a process that
  // writes without end must not keep us.
  void read(std::size_t most) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read only where it was written
    std::array<char, 16384> part;
    while (most > 0 && !text.exceeded()) {
      const ssize_t size = ::read(fd, part.data(), std::min(most, part.size()));
      if (size <= 0) {
        closed = size == 0;
        return;
      }
      text.append({part.data(), static_cast<std::size_t>(size)});
      most -= static_cast<std::size_t>(size);
    }
  }
  // Reads what was written before now.
  void read_pending() {
    int pending = 0;
    if (::ioctl(fd, FIONREAD, &pending) == 0) read(static_cast<std::size_t>(pending));
  }

  int fd;
  std::string_view name;
  CappedText text;
  bool closed = false;
};

class Run {
 public:
  Run(const Job& job, const Worker& worker, const RunLimits& limits, int client_fd,
      RunObserver* observer, int stop_fd)
      : job_(job),
        worker_(worker),
        limits_(limits),
        client_fd_(client_fd),
        stop_fd_(stop_fd),
        observer_(observer),
        nonce_(make_nonce()),
        claims_(nonce_, limits.result + kClaimOverhead),
        out_(worker.out.get(), "stdout", limits.output),
        err_(worker.err.get(), "stderr", limits.output),
        sealed_(worker.sealed) {}

  RunReport go(const AwaitExit& await_exit);

 private:
  enum Watched : std::size_t { kJob, kProcess, kClient, kStop, kOut, kErr, kWatchedCount };
  using Events = std::array<pollfd, kWatchedCount>;

  bool hand_over();
  bool send_whole(const std::string& packet);
  void watch();
  Events wait();
  void read_claim();
  void read_packet(std::string_view packet);
  void read_output();
  void read_rest();
  void tell(Stream& stream, bool last);
  void check_memory();
  void hear_of_worker();
  void check_taken();
  void begin_time();
  void check_client();
  [[nodiscard]] bool out_of_memory() const;
  void end(Ending ending, std::string error);
  RunReport report(const AwaitExit& await_exit);

  const Job& job_;
  const Worker& worker_;
  const RunLimits& limits_;
  int client_fd_;
  int stop_fd_;
  RunObserver* observer_;  // may be none
  Nonce nonce_;
  ClaimReader claims_;
  Stream out_;
  Stream err_;
  int foreign_packets_ = 0;

  Clock::time_point started_;
  Clock::time_point ended_;
  Deadline deadline_ = Deadline::at({});
  Clock::time_point next_read_;
  Clock::time_point next_memory_check_;
  std::uint64_t oom_kills_before_ = noted_oom_kills();
  bool looked_ = false;            // at its memory
  Clock::time_point take_by_;      // max once it is known to have taken the job
  std::optional<Outcome> forced_;  // what the service did; outranks everything
  std::optional<Claim> claim_;
  bool gone_ = false;  // nothing of the worker is left
  bool sealed_;        // it has announced itself, one way or the other
  std::string unfit_;  // why it never read the job
  bool mute_ = false;  // that it was stopped, or hangs, is why
};

void Run::end(Ending ending, std::string error) {
  if (forced_) return;  // the first cause wins
  forced_.emplace();
  forced_->ending = ending;
  forced_->error = std::move(error);
  forced_->ran = true;
}

bool Run::send_whole(const std::string& packet) {
  for (;;) {
    if (auto sent = send_packet(worker_.job.get(), packet))
      return true;
    else if (sent.error().error != EAGAIN)
      return false;
    std::array<pollfd, 2> events = {pollfd{worker_.job.get(), POLLOUT, 0},
                                    pollfd{end_of(worker_), POLLIN, 0}};
    mute_ = poll_until(events, Deadline::at(take_by_)) == 0;
    if (mute_ || events[1].revents != 0) return false;
  }
}

bool Run::hand_over() {
  take_by_ = Clock::now() + (sealed_ ? kReadyHandOverLimit : kHandOverLimit);
  const JobMessage message{static_cast<std::uint8_t>(job_.dialect), nonce_, job_.source,
                           job_.images};
  for (const std::string& packet : encode(message)) {
    if (!send_whole(packet)) return false;
  }
  return true;
}

Run::Events Run::wait() {
  const auto now = Clock::now();
  const bool read_now = now >= next_read_;
  const auto pipe = [read_now](const Stream& stream) {
    return pollfd{read_now && !stream.closed ? stream.fd : -1, POLLIN, 0};
  };
  const bool listening = foreign_packets_ < kMostForeignPackets;
  Events events = {pollfd{listening ? worker_.job.get() : -1, POLLIN, 0},
                   pollfd{end_of(worker_), POLLIN, 0},
                   pollfd{client_fd_, kPeerEvents, 0},
                   pollfd{stop_fd_, POLLIN, 0},
                   pipe(out_),
                   pipe(err_)};
  auto until = std::min({deadline_.moment(), take_by_, next_memory_check_});
  if (!read_now) until = std::min(until, next_read_);
  const auto left = std::max(until - now, Clock::duration::zero());
  const timespec span{std::chrono::duration_cast<std::chrono::seconds>(left).count(),
                      (left % std::chrono::seconds(1)).count()};
  if (::ppoll(events.data(), events.size(), &span, nullptr) < 0) {
    for (pollfd& event : events) event.revents = 0;
  }
  return events;
}

void Run::read_claim() {
  for (int i = 0; i < kMostPacketsAtOnce && foreign_packets_ < kMostForeignPackets; ++i) {
    auto packet = receive_packet(worker_.job.get(), kMaxPacket, MSG_DONTWAIT);
    if (!packet && packet.error().error == EAGAIN) return;  // nothing more now
    if (!packet || !*packet) {
      ++foreign_packets_;  // cut, empty, or the channel is closed and will be readable for ever
    } else {
      read_packet((*packet)->bytes);
      if (claim_) return;
    }
  }
}

void Run::read_packet(std::string_view packet) {
  switch (claims_.feed(packet)) {
    case ClaimReader::State::kDone:
      claim_ = claims_.take();
      return;
    case ClaimReader::State::kMore:
      return;
    case ClaimReader::State::kBroken:
    case ClaimReader::State::kIgnored:
      break;
  }
  // A worker announces itself before it reads the job. Later announcements are the script's.
  const auto said = sealed_ ? std::nullopt : decode_announcement(packet);
  if (said && !said->warm) unfit_ = "it could not be sealed: " + said->failure;
  if (!said) ++foreign_packets_;
  sealed_ = true;
}

void Run::read_output() {
  for (Stream* stream : {&out_, &err_}) {
    stream->read(limits_.output + 1);
    tell(*stream, false);
    if (stream->text.exceeded()) {
      end(Ending::kOutputLimit, output_limit_text(stream->name, limits_.output));
    }
  }
  next_read_ = Clock::now() + kReadInterval;
}

// What was written before the worker's end.
void Run::read_rest() {
  for (Stream* stream : {&out_, &err_}) {
    stream->read_pending();
    tell(*stream, true);
    if (stream->text.exceeded()) {
      end(Ending::kOutputLimit, output_limit_text(stream->name, limits_.output));
    }
  }
}

void Run::tell(Stream& stream, bool last) {
  if (observer_ == nullptr) return;
  const std::string news = stream.text.take_news(last);
  if (!news.empty()) observer_->wrote(stream.name, news);
}

// Looking at many processes is work: at most a tenth of the time goes into it.
void Run::check_memory() {
  const auto begun = Clock::now();
  if (!std::exchange(looked_, true)) oom_kills_before_ = note_oom_kills();
  if (worker_.lifeline) {  // then the zygote counts
    next_memory_check_ = Clock::time_point::max();
    return;
  }
  const int pid = host_pid(worker_);
  if (pid > 0 && memory_in_use(pid, limits_.memory) > limits_.memory) {
    end(Ending::kMemoryLimit, memory_limit_text(limits_.memory));
  }
  const auto now = Clock::now();
  next_memory_check_ = now + std::max<Clock::duration>(kMemoryInterval, 10 * (now - begun));
}

void Run::check_client() {
  if (peer_is_gone(client_fd_)) end(Ending::kCancelled, {});
  client_fd_ = -1;  // else it has said something that nobody reads
}

void Run::hear_of_worker() {
  switch (hear(worker_)) {
    case News::kNone:
      return;
    case News::kTooMuchMemory:
      return end(Ending::kMemoryLimit, memory_limit_text(limits_.memory));
    case News::kTooManyFiles:
      return end(Ending::kFileLimit, file_limit_text());
    case News::kGone:
      read_claim();  // what it said before it ended
      if (!sealed_) unfit_ = "it ended before it was ready";
      gone_ = true;
  }
}

// A worker reads the whole job before it runs any of it, so while some of it is in its socket's
// queue nothing has begun: the script's time has not either, and a worker that leaves it there is
// stopped, or hangs.
void Run::check_taken() {
  int unread = 0;
  if (::ioctl(worker_.job.get(), SIOCOUTQ, &unread) != 0 || unread == 0) {
    take_by_ = Clock::time_point::max();
  } else if (Clock::now() >= take_by_) {
    mute_ = true;
    unfit_ = "it does not take its job";
  } else {
    begin_time();
  }
}

void Run::begin_time() {
  started_ = Clock::now();
  deadline_ = Deadline::at(started_ + std::chrono::duration_cast<Clock::duration>(job_.timeout));
}

void Run::watch() {
  announce_job(worker_);
  begin_time();
  next_read_ = started_ + kReadInterval;
  // Where the kernel counts, nobody needs to watch.
  next_memory_check_ = worker_.cgroup ? Clock::time_point::max() : started_ + kMemoryInterval;
  while (!claim_ && !gone_ && !forced_ && !mute_) {
    const Events events = wait();
    if (events[kClient].revents != 0) check_client();
    if (events[kStop].revents != 0) end(Ending::kShuttingDown, capacity_text());
    if (events[kJob].revents != 0) read_claim();
    if (events[kProcess].revents != 0) hear_of_worker();
    if (claim_ || gone_) break;
    if (events[kOut].revents != 0 || events[kErr].revents != 0) read_output();
    const bool taken = take_by_ == Clock::time_point::max();
    if (!taken && (deadline_.passed() || Clock::now() >= take_by_)) check_taken();
    if (deadline_.passed() && !mute_) end(Ending::kTimeout, timeout_text());
    if (Clock::now() >= next_memory_check_) check_memory();
  }
  ended_ = Clock::now();
}

// Whether the kernel says so: of the run, where it has a cgroup, else of the machine, which is of
// interest only when the worker is gone without a word. What returned was not killed.
bool Run::out_of_memory() const {
  if (!worker_.cgroup) return gone_ && !claim_ && count_oom_kills() > oom_kills_before_;
  if (claim_ && claim_->kind == ClaimKind::kReturned) return false;
  const auto out = worker_.cgroup.out_of_memory();
  return out && *out;
}

RunReport Run::report(const AwaitExit& await_exit) {
  RunReport report;
  const bool starved = !forced_ && out_of_memory();
  report.orderly = claim_.has_value() && !gone_ && !forced_ && !starved;
  std::string images = claim_ ? std::move(claim_->images) : std::string();
  if (forced_) {
    report.outcome = std::move(*forced_);
  } else if (starved && worker_.cgroup) {
    report.outcome = judge_out_of_memory(limits_);
  } else if (claim_) {
    report.outcome = judge_claim(job_.dialect, std::move(*claim_), limits_);
  } else if (!unfit_.empty()) {
    report.delivered = false;
    report.mute = mute_;
    report.outcome.error = "the worker is unfit: " + unfit_;
  } else {
    report.outcome =
        judge_exit(job_.dialect, await_exit(Deadline::after(kExitReportLimit)), limits_, starved);
  }
  report.outcome.out = out_.text.text();
  report.outcome.err = err_.text.text() + report.outcome.err;
  if (job_.images) report.outcome.images = judge_images(images);
  report.outcome.run_seconds = seconds(ended_ - started_);
  return report;
}

RunReport Run::go(const AwaitExit& await_exit) {
  if (!hand_over()) {
    RunReport report;
    report.delivered = false;
    report.mute = mute_;
    return report;
  }
  if (observer_ != nullptr) observer_->started();
  watch();
  if (!claim_) kill_worker(worker_);
  read_rest();
  return report(await_exit);
}

}  // namespace

RunReport run_job(const Job& job, const Worker& worker, const RunLimits& limits, int client_fd,
                  const AwaitExit& await_exit, RunObserver* observer, int stop_fd) {
  return Run(job, worker, limits, client_fd, observer, stop_fd).go(await_exit);
}

}  // namespace executor
