#include "launcher/identity.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/switch_user.h"
#include "wire/launch.h"

namespace executor {
namespace {

Result<void> limit_bounding_set(std::uint64_t mask) {
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((mask >> capability & 1U) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, capability) != 0) {
      if (errno == EINVAL) break;  // beyond the last one that this kernel knows
      return os_failure("limit the capability bounding set");
    }
  }
  return {};
}

Result<void> set_capabilities(std::uint64_t mask) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (unsigned half = 0; half < 2; ++half) {
    data[half].effective = data[half].permitted = static_cast<std::uint32_t>(mask >> 32 * half);
  }
  if (::syscall(SYS_capset, &header, data) != 0) return os_failure("limit the capabilities");
  return {};
}

Result<void> forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return os_failure("set no_new_privs");
  return {};
}

}  // namespace

Result<void> become_user(const std::string& user, bool for_good) {
  const auto account = find_account(user);
  if (!account) return account.error();
  if (account->uid == 0) return failure("the responder must not run as root");
  if (for_good) {
    if (auto limited = limit_bounding_set(0); !limited) return limited;
    if (auto forbidden = forbid_new_privileges(); !forbidden) return forbidden;
  }
  if (auto switched = switch_user(*account); !switched) return switched;
  return set_capabilities(0);
}

namespace {

Result<void> keep_capabilities(std::uint64_t mask) {
  if (auto limited = limit_bounding_set(mask); !limited) return limited;
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return os_failure("clear the ambient capabilities");
  }
  if (auto set = set_capabilities(mask); !set) return set;
  return forbid_new_privileges();
}

}  // namespace

Result<void> keep_zygote_capabilities() {
  return keep_capabilities(zygote_capabilities());
}

Result<void> keep_no_capabilities() {
  return keep_capabilities(0);
}

bool has_capability_to_administer() {
  return ::prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 1;
}

bool can_make_user_namespace(const std::string& user) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(become_user(user, false) && ::unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0;
}

}  // namespace executor
