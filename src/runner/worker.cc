// Theory of operation
//
// A worker begins as a copy of the zygote in new user, pid, mount, ipc, uts and cgroup namespaces
// and in a network namespace of its own. It holds every capability there until it
// drops them. Descriptors, after confinement:
//
//      0  /dev/null                 1  pipe to the responder (stdout)
//   1000  job socket                2  pipe to the responder (stderr)
//   1001  until it has its job, and where it has a scratch space of its own: that space's root
//
// It ends when the responder closes the job socket (after the answer was sent), when the responder
// kills it through its pidfd, or when the zygote dies.

#include "runner/worker.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/file_at.h"
#include "runner/inputs.h"
#include "runner/libc_answers.h"
#include "runner/named_objects.h"
#include "runner/namespaces.h"
#include "runner/outputs.h"
#include "runner/root.h"
#include "runner/run_ids.h"
#include "runner/scratch.h"
#include "runner/shared_memory.h"
#include "wire/job.h"

namespace executor {
namespace {

// Read by the signal handler: the process that answers, and what authenticates its answer.
pid_t worker_pid = 0;
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

Result<void> die_with_zygote() {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return os_failure("ask to die with the zygote");
  return {};
}

// A worker that outlives its zygote would keep the whole jail, and with it the control socket,
// alive.
Result<void> require_zygote(int zygote) {
  pollfd dead{zygote, POLLIN, 0};
  if (::poll(&dead, 1, 0) != 0) return failure("find the zygote alive");
  return {};
}

// A session of its own is an autogroup of its own: a fork bomb competes with other workers as one.
Result<void> start_session() {
  if (::setsid() < 0) return os_failure("start a session");
  return {};
}

Result<void> prefer_as_oom_victim(int proc) {
  return write_at(proc, "self/oom_score_adj", "1000");
}

Result<void> arrange_descriptors(WorkerChannels& channels) {
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return os_failure("open /dev/null");
  // Copied above the low targets first: a source may lie in the way of a target.
  constexpr std::size_t kCount = 4;
  const std::array sources = {null.get(), channels.out.get(), channels.err.get(),
                              channels.job.get()};
  constexpr std::array<int, kCount> kTargets = {0, 1, 2, kJobSocket};
  std::array<int, kCount> copies{};
  for (std::size_t i = 0; i < kCount; ++i) {
    copies[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, 64);
    if (copies[i] < 0) return os_failure("copy a descriptor");
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    if (::dup3(copies[i], kTargets[i], kTargets[i] == kJobSocket ? O_CLOEXEC : 0) < 0) {
      return os_failure("arrange the descriptors");
    }
  }
  // The owners' numbers are about to be closed, or were taken over: nothing is left to own.
  (void)channels.job.release();
  (void)channels.out.release();
  (void)channels.err.release();
  (void)channels.mapped.release();
  return {};
}

// Everything else, the descriptors that led the worker to its namespaces included. `last` is the
// highest that stays.
Result<void> close_other_descriptors(unsigned last) {
  if (::close_range(3, kJobSocket - 1, 0) != 0 || ::close_range(last + 1, ~0U, 0) != 0) {
    return os_failure("close inherited descriptors");
  }
  return {};
}

// From here on no program can give rights, and none can be regained. Keeps the present ones so far.
Result<void> forbid_capabilities() {
  constexpr unsigned long kSecureBits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                                        SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                        SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                        SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (::prctl(PR_SET_SECUREBITS, kSecureBits) != 0) return os_failure("lock the secure bits");
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability) != 0) {
      if (errno == EINVAL) break;  // beyond the last one that this kernel knows
      return os_failure("empty the capability bounding set");
    }
  }
  return {};
}

Result<void> drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2]{};
  if (::syscall(SYS_capset, &header, none) != 0) return os_failure("drop the capabilities");
  return {};
}

Result<void> forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return os_failure("set no_new_privs");
  return {};
}

// Tries to escape: each of these must fail, or the worker ends.
Result<void> try_to_break_out() {
  if (::unshare(CLONE_NEWUSER) == 0) return failure("the seal holds: a user namespace was made");
  if (::mount("none", "/tmp", "tmpfs", 0, nullptr) == 0) {
    return failure("the seal holds: a mount was made");
  }
  if (::chroot("/tmp") == 0) return failure("the seal holds: the root was changed");
  const int file = ::open("/seal", O_WRONLY | O_CREAT, 0600);
  if (file >= 0) return failure("the seal holds: the root could be written");
  return {};
}

// The ids that the run has on the host: its own, or the zygote's.
Result<void> take_ids(const Prepared& prepared, const WorkerChannels& channels) {
  if (!channels.mapped) return map_worker_ids(prepared.proc);
  if (auto done = become_run_id(channels.mapped.get()); !done) return done;
  if (auto done = die_with_zygote(); !done) return done;  // the change of ids has cleared it
  return require_zygote(prepared.zygote);
}

// The order is the security property. Namespaces came with the clone.
Result<void> confine_in_namespaces(const Prepared& prepared, WorkerChannels& channels) {
  Result<void> done = die_with_zygote();
  if (done) done = start_session();
  if (done) done = prefer_as_oom_victim(prepared.proc);
  if (done) done = require_zygote(prepared.zygote);        // it may have died before the first step
  if (done) done = take_ids(prepared, channels);           // before anything is owned
  if (done) done = mount_scratch(prepared.setup.limits);   // needs CAP_SYS_ADMIN
  if (done) done = arrange_descriptors(channels);          // needs /dev/null of the new root
  if (done) done = close_other_descriptors(kScratchRoot);  // /proc of the jail goes here
  if (done) done = set_rlimits(prepared.setup.limits, prepared.baseline);
  if (done) done = forbid_capabilities();
  if (done) done = drop_capabilities();
  if (done) done = forbid_new_privileges();            // seccomp requires it
  if (done) done = die_with_zygote();                  // dropping rights may have cleared it
  if (done) done = install_seccomp(prepared.seccomp);  // the seal: nothing is prepared after it
  if (done) done = try_to_break_out();
  return done;
}

// The same where there are no namespaces: ids separate what namespaces otherwise would.
Result<void> confine_by_id(const Prepared& prepared, WorkerChannels& channels) {
  const UidSlot& slot = *channels.slot;
  Result<void> done = die_with_zygote();
  if (done) done = start_session();
  if (done) done = prefer_as_oom_victim(prepared.proc);
  if (done) done = require_zygote(prepared.zygote);
  if (done) done = arrange_descriptors(channels);
  if (done) done = forbid_new_privileges();  // Landlock and seccomp require it
  if (done) done = prepared.landlock->enforce(slot.directory);
  if (done) done = close_other_descriptors(kJobSocket);  // those of Landlock's rules go here
  if (done) done = set_rlimits(prepared.setup.limits, prepared.baseline);
  if (done) done = forbid_capabilities();
  if (done) done = assume_identity(slot);  // needs CAP_SETUID
  if (done) done = drop_capabilities();
  if (done) done = die_with_zygote();                  // the change of ids has cleared it
  if (done) done = install_seccomp(prepared.seccomp);  // the seal: nothing is prepared after it
  if (done) done = verify_uid_confinement(slot);
  return done;
}

Result<void> confine(const Prepared& prepared, WorkerChannels& channels) {
  return channels.slot ? confine_by_id(prepared, channels)
                       : confine_in_namespaces(prepared, channels);
}

// PID 1 of a namespace ignores signals from within whose action is the default one
// (pid_namespaces(7)), so the default is spelled out: say which signal it was, and end.
void end_by_signal(int signal) {
  if (::getpid() != worker_pid) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  const auto packet = encode_signal_claim(signal, job_nonce);
  send_on_job_socket(packet.data(), packet.size());
  ::_exit(128 + signal);
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
  const std::string warm = encode(Announcement{.warm = true, .failure = {}});
  send_on_job_socket(warm.data(), warm.size());
}

bool job_is_waiting() {
  pollfd readable{kJobSocket, POLLIN, 0};
  return ::poll(&readable, 1, 0) > 0;
}

// Waits for the job, warming up each time it is asked to. Returns when the job is complete. A
// directory that comes along is that of a run that has ended: its files are to be read, and nothing
// is to be run.
JobReader receive_job(const Prepared& prepared, UniqueFd& directory) {
  JobReader job;
  for (;;) {
    auto packet = receive_packet(kJobSocket);
    if (!packet || !*packet) ::_exit(0);  // the responder does not want this worker
    if (!(*packet)->fds.empty()) directory = std::move((*packet)->fds.front());
    switch (job.feed((*packet)->bytes)) {
      case JobReader::State::kWarmUp:
        prepared.interpreter.warm_up(prepared.setup.warm_up);
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

// Sets the limits that the job asks for in place of the configured ones. `scratch` says that the
// worker has scratch space of its own; in the tier uid the zygote watches what the files take.
Result<void> lower_limits(const Prepared& prepared, const SandboxLimits& wanted, bool scratch) {
  auto done = scratch ? fill_scratch(prepared.setup.limits, wanted) : Result<void>();
  return done ? lower_rlimits(wanted, prepared.baseline) : done;
}

// What the job has for the run to find, and nothing of it afterwards: its memory is the script's.
Result<void> provide(Job& job) {
  if (!job.input.empty()) {
    if (auto provided = provide_input(job.input); !provided) return provided;
    std::string().swap(job.input);
  }
  auto written = write_files(job.files);
  std::vector<InputFile>().swap(job.files);
  return written;
}

// The claim that is made for the script where the job's inputs do not fit into the run's limits.
std::optional<Claim> make_ready(const Prepared& prepared, const SandboxLimits& limits, bool scratch,
                                Job& job) {
  const bool asked = job.limits.any();
  const auto set = asked ? lower_limits(prepared, limits, scratch) : Result<void>();
  close_scratch_root();
  if (!set) {
    return Claim{ClaimKind::kFileError, 0, {}, "the job's limits: " + set.error().text() + "\n"};
  }
  if (const auto provided = provide(job); !provided) {
    return Claim{
        ClaimKind::kFileError, 0, {}, "the job's input: " + provided.error().text() + "\n"};
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

void install_ending_handlers() {
  struct sigaction action {};
  action.sa_handler = end_by_signal;
  action.sa_flags = SA_NODEFER;
  for (const int signal : {SIGHUP, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT,
                           SIGXCPU, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS, SIGTRAP}) {
    ::sigaction(signal, &action, nullptr);
  }
}

[[noreturn]] void run_worker(const Prepared& prepared, WorkerChannels channels) {
  worker_pid = ::getpid();
  ::prctl(PR_SET_NAME, "python-worker");
  const int job_socket = channels.job.get();
  if (auto confined = confine(prepared, channels); !confined) {
    give_up(confined.error(), channels.job ? job_socket : kJobSocket);
  }
  answer_libc_for_script();
  prepared.interpreter.fresh_process();
  if (channels.slot) {
    keep_named_objects_in(channels.slot->tmp());
    prepared.interpreter.move_home(channels.slot->home(), channels.slot->tmp());
  } else {
    keep_shared_memory_in("/dev/shm");
  }
  // At saturation the job is here before the worker is ready; warming up would only delay it.
  if (!job_is_waiting()) prepared.interpreter.warm_up();
  announce_warm();  // always: a script must never be the first to speak on this socket

  UniqueFd directory;
  JobReader received = receive_job(prepared, directory);
  if (directory) read_left_files(prepared, received, directory.get());
  job_nonce = received.nonce();
  unblock_signals();
  Job job = received.take();
  const SandboxLimits limits = lowered(prepared.setup.limits, job.limits);
  const OutputCollector outputs(job);
  open_directory_to_readers(job);
  // A part of an input is no file of the run's.
  if (const auto misfit = make_ready(prepared, limits, !channels.slot, job)) {
    send_claim(*misfit, received.nonce());
    wait_for_the_end();
  }
  Claim claim = prepared.interpreter.execute(job, limits.result);
  if (::getpid() != worker_pid) ::_exit(0);  // a child that the script forked and let fall through
  attach_outputs(outputs, limits.result, claim);
  send_claim(claim, received.nonce());
  wait_for_the_end();
}

}  // namespace executor
