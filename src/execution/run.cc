// Theory of operation
//
// The thread that has the request also watches its run. It polls the job socket (the claim), the
// pidfd (everything of the worker is gone), the client's connection, and the two output pipes; the
// pipes at most every few milliseconds, because a script that prints a lot would otherwise wake it
// for each line. What arrives on the job socket and the pipes comes from a hostile process.

#include "execution/run.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/observed_start.h"
#include "base/peer.h"
#include "base/poll.h"
#include "execution/delivery.h"
#include "execution/hints.h"
#include "execution/left_files.h"
#include "execution/output.h"
#include "execution/resource_watch.h"
#include "wire/job.h"

namespace executor {
namespace {

// How long the pipes are left alone after they were read: 64 KiB of pipe fill in that time at
// 13 MB/s before the writer has to wait.
constexpr auto kReadInterval = std::chrono::milliseconds(5);
// How long the zygote may take to say how a worker ended that is known to be gone. Without it the
// ending is the service's fault, so it is far above what a zygote on a busy machine takes. The end
// of a zygote ends the wait.
constexpr auto kExitReportLimit = std::chrono::seconds(5);
// Often enough to tell a pause of this process from a long run (Delivery::at_look()).
constexpr auto kLongestWait = ObservedStart::kLongestBetween / 2;
// Packets without the nonce that are read before the rest is left in the socket.
constexpr int kMaxForeignPackets = 256;
// Packets that are read before deadlines and limits are looked at again.
constexpr int kMaxPacketsAtOnce = 256;
// What a pipe holds.
constexpr std::size_t kPipe = 64 << 10;
// What a claim may carry besides the result: the error's text and the traceback, both capped.
constexpr std::size_t kClaimOverhead = 1 << 20;

class Run {
 public:
  Run(const RunRequest& request, const Worker& worker, const RunLimits& limits, int client_fd,
      const RunSurroundings& around)
      : job_(request.job),
        around_(around),
        usage_(request.usage),
        worker_(worker),
        limits_(lowered(limits, request.job.limits)),
        configured_memory_(limits.memory),
        client_fd_(client_fd),
        nonce_(make_nonce()),
        claims_(nonce_, limits_.result + kClaimOverhead),
        out_(worker.out.get(), "stdout", limits_.output, request.truncate),
        err_(worker.err.get(), "stderr", limits_.output, request.truncate),
        delivery_(worker, request.timeout),
        resources_(worker, limits_.memory),
        sealed_(worker.sealed),
        warm_cpu_(worker.warm_cpu) {}

  RunReport go(const AwaitExit& await_exit);

 private:
  enum Watched : std::size_t { kJob, kProcess, kClient, kStop, kOut, kErr, kWatchedCount };
  using Events = std::array<pollfd, kWatchedCount>;

  bool lower_cgroup();
  void hold_files();
  void watch();
  Events wait();
  void read_claim();
  void read_packet(std::string_view packet);
  void read_output();
  void read_rest();
  void check_output(Output& stream, bool last);
  void count_memory();
  void on_worker_event();
  void check_accepted();
  void check_client();
  void end(Cut cut);
  void observe(const AwaitExit& await_exit);
  RunReport report();
  [[nodiscard]] RunReport not_delivered(const std::string& why) const;

  const Job& job_;
  const RunSurroundings around_;
  bool usage_;  // whether the outcome's usage is wanted, at any cost
  const Worker& worker_;
  const RunLimits limits_;
  std::uint64_t configured_memory_;
  int client_fd_;
  Nonce nonce_;
  ClaimReader claims_;
  Output out_;
  Output err_;
  int foreign_packets_ = 0;

  Delivery delivery_;
  ResourceWatch resources_;
  Clock::time_point ended_;
  Clock::time_point next_read_;
  Observed seen_;
  bool gone_ = false;                   // nothing of the worker is left
  UniqueFd directory_;                  // held for its files, if they are wanted
  bool sealed_;                         // it has announced itself, one way or the other
  std::string unusable_;                // why it never read the job
  std::chrono::microseconds warm_cpu_;  // what the worker had used when it was ready
};

void Run::end(Cut cut) {
  if (!seen_.cut) seen_.cut = cut;  // the first cause wins
}

Run::Events Run::wait() {
  const auto now = Clock::now();
  const bool read_now = now >= next_read_;
  const auto pipe = [read_now](const Output& stream) {
    return pollfd{read_now && !stream.closed ? stream.fd : -1, POLLIN, 0};
  };
  const bool listening = foreign_packets_ < kMaxForeignPackets;
  Events events = {pollfd{listening ? worker_.job.get() : -1, POLLIN, 0},
                   pollfd{event_fd(worker_), POLLIN, 0},
                   pollfd{client_fd_, kPeerEvents, 0},
                   pollfd{around_.stop_fd, POLLIN, 0},
                   pipe(out_),
                   pipe(err_)};
  auto until = std::min({delivery_.deadline().moment(), delivery_.next_look(),
                         resources_.next_look(), now + kLongestWait});
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
  for (int i = 0; i < kMaxPacketsAtOnce && foreign_packets_ < kMaxForeignPackets; ++i) {
    auto packet = receive_packet(worker_.job.get(), kMaxPacket, MSG_DONTWAIT);
    if (!packet && packet.error().error == EAGAIN) return;  // nothing more now
    if (!packet || !*packet) {
      ++foreign_packets_;  // cut, empty, or the channel is closed and will always be readable
    } else {
      read_packet((*packet)->bytes);
      if (seen_.claim) return;
    }
  }
}

void Run::read_packet(std::string_view packet) {
  switch (claims_.feed(packet)) {
    case ClaimReader::State::kDone:
      seen_.claim = claims_.take();
      return;
    case ClaimReader::State::kMore:
      return count_memory();
    case ClaimReader::State::kBroken:
    case ClaimReader::State::kIgnored:
      break;
  }
  // A worker announces itself before it reads the job. Later announcements are the script's.
  const auto said = sealed_ ? std::nullopt : decode_announcement(packet);
  if (said) warm_cpu_ = std::chrono::microseconds(said->cpu_microseconds);
  if (said && !said->warm) unusable_ = "it could not be sealed: " + said->failure;
  if (!said) ++foreign_packets_;
  sealed_ = true;
}

void Run::read_output() {
  for (Output* stream : {&out_, &err_}) {
    stream->read(std::max<std::size_t>(limits_.output + 1, kPipe));
    check_output(*stream, false);
  }
  count_memory();
  next_read_ = Clock::now() + kReadInterval;
}

// What was written before the worker's end.
void Run::read_rest() {
  for (Output* stream : {&out_, &err_}) {
    stream->read_pending();
    check_output(*stream, true);
  }
  count_memory();
}

// Counts what was read and what will be made of it. Output that is not UTF-8 grows threefold, and
// an event that waits for its reader takes six times its size in addition. A claim is counted three
// times: itself, and the parts that are made from it.
void Run::count_memory() {
  if (around_.memory == nullptr) return;
  const std::size_t output = out_.size() + err_.size();
  const std::size_t copies = around_.observer != nullptr ? 10 : 4;
  if (!around_.memory->resize(copies * output + 3 * claims_.size())) end(Cut::kCapacity);
}

void Run::check_output(Output& stream, bool last) {
  const std::string news = around_.observer != nullptr ? stream.take_new(last) : std::string();
  if (!news.empty()) around_.observer->wrote(stream.name, news);
  if (stream.too_much()) end(&stream == &out_ ? Cut::kStdout : Cut::kStderr);
}

void Run::check_client() {
  if (peer_is_gone(client_fd_)) end(Cut::kClient);
  client_fd_ = -1;  // unexpected data from the client is ignored
}

void Run::on_worker_event() {
  switch (read_event(worker_)) {
    case WorkerEvent::kNone:
      return;
    case WorkerEvent::kTooMuchMemory:
      return end(Cut::kZygoteMemory);
    case WorkerEvent::kTooManyFiles:
      return end(Cut::kZygoteFiles);
    case WorkerEvent::kGone:
      read_claim();  // what it said before it ended
      if (!sealed_) unusable_ = "it ended before it was ready";
      gone_ = true;
  }
}

void Run::watch() {
  announce_job(worker_, job_.limits);
  next_read_ = delivery_.started() + kReadInterval;
  resources_.start(delivery_.started());
  while (!seen_.claim && !gone_ && !seen_.cut && !delivery_.is_stuck()) {
    // The end of a run may be there and not be seen yet when its time has passed: this process may
    // have been stopped.
    delivery_.at_look(Clock::now());
    const bool late = delivery_.deadline().passed();
    const Events events = wait();
    if (events[kClient].revents != 0) check_client();
    if (events[kStop].revents != 0) end(Cut::kShutdown);
    if (events[kJob].revents != 0) read_claim();
    if (events[kProcess].revents != 0) on_worker_event();
    if (seen_.claim || gone_) break;
    if (events[kOut].revents != 0 || events[kErr].revents != 0) read_output();
    if (!delivery_.is_accepted()) check_accepted();
    if (late && delivery_.deadline().passed() && !delivery_.is_stuck()) end(Cut::kDeadline);
    if (Clock::now() >= resources_.next_look() && resources_.look()) end(Cut::kMemory);
  }
  ended_ = Clock::now();
}

void Run::check_accepted() {
  if (!delivery_.deadline().passed() && Clock::now() < delivery_.next_look()) return;
  if (!delivery_.check_accepted()) unusable_ = "it did not accept its job in time";
}

// What the kernel says about the run. The machine's counter costs a tenth of a millisecond and is
// of interest only when the worker is gone without a claim and has no cgroup.
void Run::observe(const AwaitExit& await_exit) {
  if (!usage_ && is_settled(seen_)) return;
  if (worker_.cgroup) {
    seen_.cgroup = worker_.cgroup.memory();
  } else {
    seen_.machine_killed = gone_ && !seen_.claim && resources_.has_machine_killed();
  }
  if (!usage_ && !needs_exit(seen_)) return;
  kill_worker(worker_);
  seen_.exit = await_exit(Deadline::after(kExitReportLimit));
  if (seen_.exit) seen_.exit->cpu -= std::min(seen_.exit->cpu, warm_cpu_);
  seen_.used_before = warm_cpu_;
}

RunReport Run::report() {
  RunReport report;
  // A claim of a signal is made by its handler, and the process ends.
  const bool read = seen_.claim && seen_.claim->kind != ClaimKind::kSignaled;
  if (!read && seen_.cut != Cut::kClient && seen_.cut != Cut::kShutdown &&
      seen_.cut != Cut::kCapacity) {
    report.directory = std::move(directory_);
  }
  report.awaiting_release =
      seen_.claim && !gone_ && !seen_.cut && !seen_.cgroup.killed && !seen_.exit;
  auto attachments = seen_.claim ? std::move(seen_.claim->attachments) : std::vector<Attachment>();
  report.outcome = judge(job_.dialect, std::move(seen_), limits_);
  const bool overloaded = report.outcome.ending == Ending::kOverloaded;
  if (overloaded && !report.outcome.ran) return report;  // there is no room for what it wrote
  report.outcome.out = out_.text();
  report.outcome.err = err_.text() + report.outcome.err;
  report.outcome.hint = judge_hint(attachments);
  for (const Output* stream : {&out_, &err_}) {
    if (stream->was_cut()) report.outcome.truncated.emplace_back(stream->name);
  }
  if (job_.images) report.outcome.images = judge_images(attachments);
  if (job_.last_value) report.outcome.last_value_json = judge_last_value(attachments);
  if (job_.outputs.any() && !read) attachments = {files_not_read()};
  if (job_.outputs.any()) report.outcome.files = judge_files(std::move(attachments));
  report.outcome.run_seconds = seconds(ended_ - delivery_.started());
  return report;
}

// False when the limit cannot be set: then the worker is not used.
bool Run::lower_cgroup() {
  if (!worker_.cgroup || !job_.limits.any()) return true;
  const auto done =
      worker_.cgroup.lower(configured_memory_ - limits_.memory, job_.limits.processes);
  if (!done) unusable_ = done.error().text();
  return done.has_value();
}

// Opens the worker's working directory before the job arrives, because the script may change it.
// Waits for the announcement first, because until then the worker may be in another directory.
void Run::hold_files() {
  if (!job_.outputs.any() || is_watched_by_zygote(worker_)) return;
  if (!sealed_ && readable_by(worker_.job.get(), Deadline::after(kHandOverLimit))) {
    auto packet = receive_packet(worker_.job.get(), kMaxPacket, MSG_DONTWAIT);
    if (packet && *packet) read_packet((*packet)->bytes);
  }
  if (sealed_) directory_ = hold_directory(worker_);
}

RunReport Run::go(const AwaitExit& await_exit) {
  if (!lower_cgroup()) return not_delivered(unusable_);
  hold_files();
  const auto usual = sealed_ ? kReadyHandOverLimit : kHandOverLimit;
  const auto limit = around_.hand_over.value_or(usual);
  if (!delivery_.send(job_, around_.own, nonce_, limit)) return not_delivered({});
  if (around_.observer != nullptr) around_.observer->started();
  watch();
  if (!seen_.claim) kill_worker(worker_);
  read_rest();
  if (!seen_.claim && !seen_.cut && !unusable_.empty()) return not_delivered(unusable_);
  observe(await_exit);
  return report();
}

RunReport Run::not_delivered(const std::string& why) const {
  RunReport report;
  report.delivered = false;
  report.unresponsive = delivery_.is_stuck();
  report.outcome.error = "the worker is unusable: " + why;
  return report;
}

}  // namespace

RunReport run_job(const RunRequest& request, const Worker& worker, const RunLimits& limits,
                  int client_fd, const AwaitExit& await_exit, const RunSurroundings& around) {
  return Run(request, worker, limits, client_fd, around).go(await_exit);
}

}  // namespace executor
