#include "runner/confinement_steps.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/cpu_share.h"
#include "base/file_at.h"
#include "runner/namespaces.h"
#include "runner/root.h"
#include "runner/run_ids.h"
#include "runner/scratch.h"
#include "wire/job.h"

namespace executor {
namespace {

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

// What the service itself needs the CPU for comes first.
Result<void> yield_to_service() {
  errno = 0;
  if (::nice(kRunNice) == -1 && errno != 0) return os_failure("become nicer");
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
Result<void> take_ids(const Prepared& prepared, int mapped) {
  if (mapped < 0) return map_worker_ids(prepared.proc);
  if (auto done = become_run_id(mapped); !done) return done;
  if (auto done = die_with_zygote(); !done) return done;  // the change of ids has cleared it
  return require_zygote(prepared.zygote);
}

}  // namespace

Result<void> confine_in_namespaces(const Prepared& prepared, int mapped, WorkerChannels& channels) {
  Result<void> done = die_with_zygote();
  if (done) done = start_session();
  if (done) done = yield_to_service();
  if (done) done = prefer_as_oom_victim(prepared.proc);
  if (done) done = require_zygote(prepared.zygote);        // it may have died before the first step
  if (done) done = take_ids(prepared, mapped);             // before anything is owned
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

Result<void> confine_by_id(const Prepared& prepared, const UidSlot& slot, const Landlock& landlock,
                           WorkerChannels& channels) {
  Result<void> done = die_with_zygote();
  if (done) done = start_session();
  if (done) done = yield_to_service();
  if (done) done = prefer_as_oom_victim(prepared.proc);
  if (done) done = require_zygote(prepared.zygote);
  if (done) done = arrange_descriptors(channels);
  if (done) done = forbid_new_privileges();  // Landlock and seccomp require it
  if (done) done = landlock.enforce(slot.directory);
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

}  // namespace executor
