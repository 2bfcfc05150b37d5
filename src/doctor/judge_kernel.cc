// The kernel and this process.
#include <linux/capability.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "doctor/judge.h"

namespace executor {
namespace {

constexpr const char* kNewerKernel =
    "boot a kernel of 5.14 or newer (Debian 12: apt-get install linux-image-amd64), or leave the "
    "container runtime that hides the call";

Finding of_kind(bool needed, std::string fact, std::string remedy) {
  return needed ? missing_required(std::move(fact), std::move(remedy))
                : missing_optional(std::move(fact), std::move(remedy));
}

Finding known(bool there, bool needed, const std::string& fact, const std::string& remedy) {
  return there ? verified(fact) : of_kind(needed, fact, remedy);
}

// A sysctl that must be more than `least`, where this kernel has it.
Finding setting(const char* name, std::optional<long> value, bool fine, const std::string& good,
                const Needs& needs) {
  if (!value) return not_applicable(std::string(name) + ": this kernel has no such setting");
  const std::string fact = std::string(name) + " = " + std::to_string(*value);
  const std::string command = "sysctl -w " + std::string(name) + "=" + good +
                              " (to keep it: echo " + name + "=" + good +
                              " > /etc/sysctl.d/60-python-executor.conf)";
  return known(fine, needs.namespaces, fact, command);
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
  return of_kind(needs.namespaces, fact + ": " + std::strerror(error), remedy);
}

struct Capability {
  unsigned number;
  const char* name;
};

// The capabilities that firejail, started by an ordinary user, needs to build its jail.
constexpr std::array kOfFirejail = {
    Capability{CAP_SYS_ADMIN, "SYS_ADMIN"}, Capability{CAP_NET_ADMIN, "NET_ADMIN"},
    Capability{CAP_MKNOD, "MKNOD"},         Capability{CAP_SETUID, "SETUID"},
    Capability{CAP_SETGID, "SETGID"},       Capability{CAP_DAC_OVERRIDE, "DAC_OVERRIDE"},
    Capability{CAP_CHOWN, "CHOWN"},         Capability{CAP_FOWNER, "FOWNER"},
    Capability{CAP_SETPCAP, "SETPCAP"}};

Finding bounding_set(std::uint64_t bits, const Needs& needs) {
  std::string missing;
  for (const auto& [number, name] : kOfFirejail) {
    if ((bits >> number & 1) == 0) missing += std::string(missing.empty() ? "" : " ") + name;
  }
  const std::string fact = "capability bounding set holds what firejail takes";
  if (missing.empty()) return verified(fact);
  return of_kind(needs.jail, fact + ": not " + missing,
                 "systemd: remove them from what CapabilityBoundingSet= takes away; docker: "
                 "--cap-add SYS_ADMIN --cap-add NET_ADMIN; or take a lower tier (minimum-tier)");
}

Finding privileges(const CallerFacts& facts, const Needs& needs) {
  const std::string fact = "no_new_privs is not set, so that firejail's setuid bit counts";
  return known(
      !facts.no_new_privs, needs.jail, fact,
      "start it without no_new_privs. systemd: NoNewPrivileges=no, and none of the options "
      "that imply it (systemd.exec(5)); docker: no --security-opt no-new-privileges");
}

Finding account(const CallerFacts& facts) {
  const std::string fact =
      "user " + std::to_string(facts.uid) + " has a name that firejail accepts";
  if (facts.user.empty()) {
    return missing_required(fact + ": it has none",
                            "useradd --system python-executor, and run as that user");
  }
  if (facts.user == "nobody") {
    return missing_required(fact + ": it refuses the user nobody",
                            "useradd --system python-executor, and run as that user");
  }
  return verified("user " + facts.user + " (" + std::to_string(facts.uid) + ")");
}

// Limits on processes count per user namespace from Linux 5.14 on; before, all runs share one
// count.
Finding kernel_version(const std::string& release) {
  int major = 0, minor = 0;
  (void)std::sscanf(release.c_str(), "%d.%d", &major, &minor);
  const bool fine = major > 5 || (major == 5 && minor >= 14);
  return known(fine, true, "Linux 5.14 or newer: " + release, kNewerKernel);
}

bool is_known_to_firejail(const std::string& container) {
  for (const char* known : {"docker", "lxc", "lxc-libvirt", "systemd-nspawn", "rkt"}) {
    if (container == known) return true;
  }
  return false;
}

}  // namespace

Section judge_kernel(const KernelFacts& facts, const Needs& needs) {
  Section section{"kernel", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  add(kernel_version(facts.release));
  add(known(facts.seccomp_filter, true, "seccomp filters", kNewerKernel));
  add(known(facts.pidfd, needs.namespaces, "pidfd_open", kNewerKernel));
  add(known(facts.clone3, needs.namespaces, "clone3", kNewerKernel));
  add(known(facts.close_range, true, "close_range", kNewerKernel));
  add(known(facts.mount_setattr, needs.namespaces, "mount_setattr", kNewerKernel));
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

Section judge_caller(const CallerFacts& facts, const Needs& needs, std::uint64_t descriptors) {
  Section section{"this process", {}};
  section.findings.push_back(account(facts));
  section.findings.push_back(privileges(facts, needs));
  section.findings.push_back(bounding_set(facts.bounding_set, needs));
  section.findings.push_back(known(facts.open_files >= descriptors, false,
                                   "descriptors: " + std::to_string(facts.open_files) +
                                       " allowed, " + std::to_string(descriptors) +
                                       " used when busy",
                                   "systemd: LimitNOFILE=" + std::to_string(descriptors) +
                                       "; docker: --ulimit nofile=" + std::to_string(descriptors)));
  return section;
}

// The variable counts in the environment of process 1 alone: firejail is started with an empty one.
Section judge_container(const ContainerFacts& facts, const Needs& needs) {
  const std::string fact = "firejail knows that it is in a container";
  if (facts.kernel_threads) return {"container", {not_applicable(fact + ": it is in none")}};
  if (!facts.of_init) {
    return {"container",
            {not_applicable(fact + ": only root can read the environment of process 1; the proof "
                                   "of tier full shows it")}};
  }
  if (is_known_to_firejail(*facts.of_init)) {
    return {"container", {verified(fact + ": container=" + *facts.of_init)}};
  }
  return {
      "container",
      {of_kind(needs.jail,
               fact +
                   " (no kernel thread among the first processes, so that it runs programs with "
                   "no jail at all unless `container` says docker in the environment of process "
                   "1): " +
                   (facts.of_init->empty() ? "it is not set" : "it is " + *facts.of_init),
               "start the container with container=docker in its environment (docker run "
               "--env container=docker)")}};
}

Section judge_cgroup(const CgroupFacts& facts) {
  Section section{"cgroups", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  const std::string instead = "; without, a watch over processes limits memory";
  add(known(facts.unified, facts.required, "cgroup v2",
            "boot with systemd.unified_cgroup_hierarchy=1" + instead));
  if (!facts.unified || !facts.wanted) {
    add(not_applicable("a cgroup delegated to this service"));
    return section;
  }
  add(known(
      facts.refusal.empty(), facts.required,
      "a cgroup delegated to this service: " + (facts.refusal.empty() ? facts.path : facts.refusal),
      "systemd: Delegate=cpu memory pids in the service's unit (asked from a shell, this is "
      "the shell's cgroup)" +
          instead));
  for (const char* controller : {"memory", "pids", "cpu"}) {
    const std::string list = " " + facts.controllers + " ";
    std::string words = list;
    for (char& letter : words) letter = letter == '\n' ? ' ' : letter;
    add(known(words.find(" " + std::string(controller) + " ") != std::string::npos, false,
              std::string("its controller ") + controller,
              "systemd: Delegate=cpu memory pids in the service's unit" + instead));
  }
  return section;
}

}  // namespace executor
