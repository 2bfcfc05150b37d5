// Theory of operation
//
// A worker begins as a copy of the zygote in new user, pid, mount, ipc, uts and cgroup namespaces
// and in a network namespace of its own. It holds every capability there until it drops them. Which
// steps confine it, in which order: runner/confinement_steps.cc. Descriptors, after confinement:
//
//      0  /dev/null                 1  pipe to the responder (stdout)
//   1000  job socket                2  pipe to the responder (stderr)
//   1001  until it has its job, and where it has a scratch space of its own: that space's root
//
// It ends when the responder closes the job socket (after the answer was sent), when the responder
// kills it through its pidfd, or when the zygote dies.

#include "runner/worker.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "runner/inputs.h"
#include "runner/libc_answers.h"
#include "runner/outputs.h"
#include "runner/scratch.h"
#include "runner/script_locks.h"
#include "runner/script_signals.h"
#include "wire/job.h"

namespace executor {
namespace {

// What authenticates the answer. Read by the signal handler.
Nonce job_nonce{};

// The one call that the seccomp filter allows on the job socket for sending
// (wire/seccomp_table.cc).
bool send_on(int socket, const char* data, std::size_t size) {
  iovec part{const_cast<char*>(data), size};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &part;
  message.msg_hdr.msg_iovlen = 1;
  for (;;) {
    if (::sendmmsg(socket, &message, 1, MSG_NOSIGNAL) == 1) return true;
    if (errno == EAGAIN) {
      pollfd writable{socket, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
}

bool send_on_job_socket(const char* data, std::size_t size) {
  return send_on(kJobSocket, data, size);
}

void report_signal(int signal) {
  const auto packet = encode_signal_claim(signal, job_nonce);
  send_on_job_socket(packet.data(), packet.size());
}

void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Announces the failure if that is still possible, at either number of the job socket.
[[noreturn]] void give_up(const Failure& failed, int job_socket) {
  const std::string packet = encode(Announcement{.warm = false, .failure = failed.text()});
  (void)send_on(job_socket, packet.data(), packet.size());
  ::_exit(1);
}

void announce_warm() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  const auto cpu = std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(cpu).count();
  const std::string warm = encode(Announcement{
      .warm = true, .failure = {}, .cpu_microseconds = static_cast<std::uint64_t>(microseconds)});
  send_on_job_socket(warm.data(), warm.size());
}

bool job_is_waiting() {
  pollfd readable{kJobSocket, POLLIN, 0};
  return ::poll(&readable, 1, 0) > 0;
}

// Waits for the job, warming up each time it is asked to. Returns when the job is complete. A
// directory that comes along is that of a run that has ended: its files are to be read, and nothing
// is to be run.
JobReader receive_job(const std::string& warm_up, Interpreter& interpreter, UniqueFd& directory) {
  JobReader job;
  for (;;) {
    auto packet = receive_packet(kJobSocket);
    if (!packet || !*packet) ::_exit(0);  // the responder does not want this worker
    if (!(*packet)->fds.empty()) directory = std::move((*packet)->fds.front());
    switch (job.feed((*packet)->bytes)) {
      case JobReader::State::kWarmUp:
        interpreter.warm_up(warm_up);
        announce_warm();
        break;
      case JobReader::State::kJob:
        return job;
      case JobReader::State::kMore:
        break;
      case JobReader::State::kBroken:
        ::_exit(1);
    }
  }
}

// Sets the limits that the job asks for in place of the configured ones.
Result<void> lower_limits(const Prepared& prepared, const Confinement& confinement,
                          const SandboxLimits& wanted) {
  auto done = confinement.lower_scratch(prepared.setup.limits, wanted);
  return done ? lower_rlimits(wanted, prepared.baseline) : done;
}

// For the tier uid, where the kernel does not limit the scratch space: a short run would be over
// before its files are counted. In other tiers the kernel refuses the same and more.
bool may_fit(const Job& job, const SandboxLimits& limits) {
  constexpr std::uint64_t kPage = 4096;
  const auto pages = [](const std::string& bytes) { return (bytes.size() + kPage - 1) / kPage; };
  std::uint64_t taken = pages(job.input);
  for (const InputFile& file : job.files) taken += pages(file.bytes);
  return taken <= limits.scratch / kPage && job.files.size() <= limits.scratch_inodes;
}

// Writes the job's files and input for the run, and then frees their bytes: the memory is the
// script's.
Result<void> provide(Job& job, const SandboxLimits& limits) {
  if (!may_fit(job, limits)) return failure("it is larger than the scratch space");
  if (!job.input.empty()) {
    if (auto provided = provide_input(job.input); !provided) return provided;
    std::string().swap(job.input);
  }
  auto written = write_files(job.files);
  for (InputFile& file : job.files) std::string().swap(file.bytes);
  return written;
}

// The claim that is made for the script where the job's inputs do not fit into the run's limits.
std::optional<Claim> make_ready(const Prepared& prepared, const Confinement& confinement,
                                const SandboxLimits& limits, Job& job) {
  const bool asked = job.limits.any();
  const auto set = asked ? lower_limits(prepared, confinement, limits) : Result<void>();
  close_scratch_root();
  if (!set) {
    return Claim{
        ClaimKind::kFileError, 0, {}, "the request's limits: " + set.error().text() + "\n"};
  }
  if (const auto provided = provide(job, limits); !provided) {
    return Claim{
        ClaimKind::kFileError, 0, {}, "the request's input: " + provided.error().text() + "\n"};
  }
  return std::nullopt;
}

// The files that the job asks for share the limit of the result.
void attach_outputs(const OutputCollector& outputs, std::uint64_t limit, Claim& claim) {
  std::uint64_t used = claim.text.size();
  for (const Attachment& attachment : claim.attachments) used += attachment.bytes.size();
  outputs.collect(limit - std::min(limit, used), claim.attachments);
}

// A worker with another user id may be the one that reads the files (execution/left_files.h). In
// its mount namespace the run is alone.
void open_directory_to_readers(const Job& job) {
  if (job.outputs.any()) (void)::chmod(".", 0755);
}

void send_claim(const Claim& claim, const Nonce& nonce) {
  for (const std::string& packet : encode(claim, nonce)) {
    send_on_job_socket(packet.data(), packet.size());
  }
}

// The worker's end costs a millisecond of CPU, so it waits until the answer has left.
[[noreturn]] void wait_for_the_end() {
  for (;;) {
    pollfd closed{kJobSocket, 0, 0};
    if (::poll(&closed, 1, -1) > 0) ::_exit(0);
  }
}

// The files of a run that has ended, which are whatever a stranger has made them.
[[noreturn]] void read_left_files(const Prepared& prepared, JobReader& received, int directory) {
  close_scratch_root();
  const Job job = received.take();
  Claim claim;
  OutputCollector(job).collect_from(directory, lowered(prepared.setup.limits, job.limits).result,
                                    claim.attachments);
  send_claim(claim, received.nonce());
  wait_for_the_end();
}

}  // namespace

[[noreturn]] void run_worker(const Prepared& prepared, const Confinement& confinement,
                             Interpreter& interpreter, WorkerChannels channels) {
  end_by_signals_with(report_signal);
  const pid_t worker = ::getpid();
  ::prctl(PR_SET_NAME, "python-worker");
  const int job_socket = channels.job.get();
  if (auto confined = confinement.confine(prepared, channels); !confined) {
    give_up(confined.error(), channels.job ? job_socket : kJobSocket);
  }
  answer_libc_for_script();
  lock_for_script();
  interpreter.fresh_process();
  confinement.set_places(interpreter);
  // At saturation the job is here before the worker is ready; warming up would only delay it.
  if (!job_is_waiting()) interpreter.warm_up();
  announce_warm();  // always: a script must never be the first to speak on this socket

  UniqueFd directory;
  JobReader received = receive_job(prepared.setup.warm_up, interpreter, directory);
  if (directory) read_left_files(prepared, received, directory.get());
  job_nonce = received.nonce();
  unblock_signals();
  Job job = received.take();
  const SandboxLimits limits = lowered(prepared.setup.limits, job.limits);
  const OutputCollector outputs(job);
  open_directory_to_readers(job);
  // A part of an input is no file of the run's.
  if (const auto misfit = make_ready(prepared, confinement, limits, job)) {
    send_claim(*misfit, received.nonce());
    wait_for_the_end();
  }
  Claim claim = interpreter.execute(job, limits.result);
  if (::getpid() != worker) ::_exit(0);  // a child that the script forked and let fall through
  attach_outputs(outputs, limits.result, claim);
  send_claim(claim, received.nonce());
  wait_for_the_end();
}

}  // namespace executor
