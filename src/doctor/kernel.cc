#include "doctor/kernel.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "base/fd.h"
#include "base/landlock_abi.h"

namespace executor {
namespace {

constexpr const char* kNewerKernel =
    "boot a kernel of 5.14 or newer (Debian 12: apt-get install linux-image-amd64), or use another "
    "container runtime, one that does not hide the call";

// Whether the kernel knows a call. Made with arguments that it must refuse.
template <typename... Arguments>
bool knows(long call, Arguments... arguments) {
  return ::syscall(call, arguments...) >= 0 || errno != ENOSYS;
}

// Limits on processes count per user namespace from Linux 5.14 on; before, all runs share one
// count.
Finding kernel_version(const std::string& release) {
  int major = 0, minor = 0;
  (void)std::sscanf(release.c_str(), "%d.%d", &major, &minor);
  const bool fine = major > 5 || (major == 5 && minor >= 14);
  return graded(fine, true, "Linux 5.14 or newer: " + release, kNewerKernel);
}

}  // namespace

KernelFacts survey_kernel() {
  KernelFacts facts;
  utsname names{};
  if (::uname(&names) == 0) facts.release = names.release;
  const std::uint32_t action = SECCOMP_RET_ERRNO;
  facts.seccomp_filter = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  const UniqueFd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  facts.pidfd = static_cast<bool>(self);
  facts.clone3 = knows(SYS_clone3, nullptr, 0);
  facts.close_range = knows(SYS_close_range, ~0U, 0U, 0U);
  facts.mount_setattr = knows(SYS_mount_setattr, -1, "", 0, nullptr, 0);
  facts.landlock_abi = landlock_abi();
  return facts;
}

Section judge_kernel(const KernelFacts& facts, const Needs& needs) {
  Section section{"kernel", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  add(kernel_version(facts.release));
  add(graded(facts.seccomp_filter, true, "seccomp filters", kNewerKernel));
  add(graded(facts.pidfd, needs.namespaces, "pidfd_open", kNewerKernel));
  add(graded(facts.clone3, needs.namespaces, "clone3", kNewerKernel));
  add(graded(facts.close_range, true, "close_range", kNewerKernel));
  add(graded(facts.mount_setattr, needs.namespaces, "mount_setattr", kNewerKernel));
  const bool landlock = facts.landlock_abi > 0;
  if (!landlock && needs.namespaces) {
    add(not_applicable("Landlock: only the tier uid uses it"));
    return section;
  }
  add(graded(landlock, needs.landlock,
             landlock ? "Landlock, ABI " + std::to_string(facts.landlock_abi) : "Landlock",
             "add landlock to the kernel's lsm= parameter, and let a container's filter allow it; "
             "without, runs see each other's processes"));
  return section;
}

}  // namespace executor
