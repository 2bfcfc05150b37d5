// The kernel and this process.
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/fd.h"
#include "base/landlock_abi.h"
#include "doctor/survey.h"
#include "resources/cgroup_file.h"

namespace executor {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<long> setting_of(const std::string& name) {
  std::ifstream file("/proc/sys/" + name);
  long value = 0;
  if (!(file >> value)) return {};
  return value;
}

// Whether the kernel knows a call. Made with arguments that it must refuse.
template <typename... Arguments>
bool knows(long call, Arguments... arguments) {
  return ::syscall(call, arguments...) >= 0 || errno != ENOSYS;
}

// Runs `act` in a child and returns the errno that it returned there.
template <typename Act>
int in_child(Act act) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(act());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return errno;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int try_user_namespace() {
  return ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
}

// AppArmor can let the user namespace be made and then refuse everything in it.
int try_mount_namespace() {
  if (::unshare(CLONE_NEWUSER) != 0) return errno;
  return ::unshare(CLONE_NEWNS) == 0 ? 0 : errno;
}

// A container's filter or AppArmor can refuse what every root of a run's own needs. "/" itself
// cannot be the new root, which is found out after the right to change it.
int try_pivot_root() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 0;
  ::syscall(SYS_pivot_root, "/", "/");
  return errno == EPERM || errno == EACCES ? errno : 0;
}

bool is_kernel_thread(int pid) {
  // What firejail looks for (src/firejail/util.c of its sources).
  const std::string name = text_of("/proc/" + std::to_string(pid) + "/comm");
  return name == "kthreadd\n" || name == "ksoftirqd/0\n";
}

// The value of a line "name:\tvalue" of /proc/PID/status; "" where there is none.
std::string field_of(const std::string& status, const std::string& name) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return {};
}

// The value of a variable in the NUL-separated text of an environ file.
std::string variable_of(const std::string& environment, const std::string& name) {
  std::istringstream entries(environment);
  for (std::string entry; std::getline(entries, entry, '\0');) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return {};
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

NamespaceFacts survey_namespaces() {
  NamespaceFacts facts;
  facts.max_user_namespaces = setting_of("user/max_user_namespaces");
  facts.unprivileged_userns_clone = setting_of("kernel/unprivileged_userns_clone");
  facts.apparmor_restriction = setting_of("kernel/apparmor_restrict_unprivileged_userns");
  facts.user_error = in_child(try_user_namespace);
  facts.mount_error = in_child(try_mount_namespace);
  facts.root_error = in_child(try_pivot_root);
  return facts;
}

CallerFacts survey_caller(bool launched) {
  CallerFacts facts;
  facts.uid = ::geteuid();
  if (const passwd* entry = ::getpwuid(facts.uid); entry != nullptr) facts.user = entry->pw_name;
  const std::string status =
      text_of("/proc/" + (launched ? std::to_string(::getppid()) : "self") + "/status");
  facts.no_new_privs = field_of(status, "NoNewPrivs") == "1";
  facts.bounding_set = std::strtoull(field_of(status, "CapBnd").c_str(), nullptr, 16);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files = limit.rlim_max;
  return facts;
}

ContainerFacts survey_container() {
  constexpr int kWhereFirejailLooks = 10;
  ContainerFacts facts;
  for (int pid = 1; pid <= kWhereFirejailLooks; ++pid) {
    facts.kernel_threads = facts.kernel_threads || is_kernel_thread(pid);
  }
  const std::string environment = text_of("/proc/1/environ");
  if (!environment.empty()) facts.of_init = variable_of(environment, "container");
  return facts;
}

CgroupFacts survey_cgroup(CgroupMode mode) {
  CgroupFacts facts;
  facts.wanted = mode != CgroupMode::kOff;
  facts.required = mode == CgroupMode::kRequired;
  const std::string root = "/sys/fs/cgroup";
  facts.unified = ::access((root + "/cgroup.controllers").c_str(), F_OK) == 0;
  facts.path = cgroup_of_process("self");
  if (!facts.unified) return facts;
  const auto delegated = find_delegated_cgroup(mode);
  if (delegated) facts.path = delegated->path;
  facts.refusal = delegated ? "" : delegated.error().text();
  facts.controllers = text_of(root + facts.path + "/cgroup.controllers");
  return facts;
}

}  // namespace executor
