#include "doctor/namespaces.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

namespace executor {
namespace {

std::optional<long> setting_of(const std::string& name) {
  std::ifstream file("/proc/sys/" + name);
  long value = 0;
  if (!(file >> value)) return {};
  return value;
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

// A sysctl that must be more than `least`, where this kernel has it.
Finding setting(const char* name, std::optional<long> value, bool fine, const std::string& good,
                const Needs& needs) {
  if (!value) return not_applicable(std::string(name) + ": this kernel has no such setting");
  const std::string fact = std::string(name) + " = " + std::to_string(*value);
  const std::string command = "sysctl -w " + std::string(name) + "=" + good +
                              " (to keep it: echo " + name + "=" + good +
                              " > /etc/sysctl.d/60-python-executor.conf)";
  return graded(fine, needs.namespaces, fact, command);
}

// Where it is restricted, a profile may allow it to this program: apparmor/python-executor.in.
Finding apparmor(const NamespaceFacts& facts, const Needs& needs) {
  const char* const name = "kernel.apparmor_restrict_unprivileged_userns";
  const bool restricted = facts.apparmor_restriction.value_or(0) != 0;
  if (restricted && facts.mount_error == 0) {
    return verified(std::string(name) + " = " + std::to_string(*facts.apparmor_restriction) +
                    ", and a profile excepts this program");
  }
  return setting(name, facts.apparmor_restriction, !restricted, "0", needs);
}

Finding trial(const std::string& fact, int error, const std::string& remedy, const Needs& needs) {
  if (error == 0) return verified(fact);
  return graded(false, needs.namespaces, fact + ": " + std::strerror(error), remedy);
}

}  // namespace

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

Section judge_namespaces(const NamespaceFacts& facts, const Needs& needs) {
  Section section{"user namespaces", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  add(setting("user.max_user_namespaces", facts.max_user_namespaces,
              facts.max_user_namespaces.value_or(0) > 0, "10000", needs));
  add(setting("kernel.unprivileged_userns_clone", facts.unprivileged_userns_clone,
              facts.unprivileged_userns_clone.value_or(0) != 0, "1", needs));
  add(apparmor(facts, needs));
  add(trial("a user namespace can be made", facts.user_error,
            "the settings above; in a container its seccomp profile must allow unshare and clone "
            "(docker: --cap-add SYS_ADMIN, or --security-opt seccomp=FILE)",
            needs));
  const char* const mount = "it gives the right to make a mount namespace";
  const char* const root = "it gives the right to change the root";
  if (facts.user_error != 0) {
    add(not_applicable(std::string(mount) + ", and to change the root: there is none"));
    return section;
  }
  add(trial(mount, facts.mount_error,
            "Ubuntu from 23.10 on: apparmor_parser --replace /etc/apparmor.d/python-executor, the "
            "installed profile; or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
            needs));
  add(trial(root, facts.root_error,
            "docker: --security-opt seccomp=unconfined, whose own filter refuses pivot_root, and "
            "--security-opt apparmor=unconfined where there is AppArmor",
            needs));
  return section;
}

}  // namespace executor
