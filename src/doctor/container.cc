#include "doctor/container.h"

#include <sstream>

#include "doctor/text_of.h"

namespace executor {
namespace {

bool is_kernel_thread(int pid) {
  // What firejail looks for (src/firejail/util.c of its sources).
  const std::string name = text_of("/proc/" + std::to_string(pid) + "/comm");
  return name == "kthreadd\n" || name == "ksoftirqd/0\n";
}

// The value of a variable in the NUL-separated text of an environ file.
std::string variable_of(const std::string& environment, const std::string& name) {
  std::istringstream entries(environment);
  for (std::string entry; std::getline(entries, entry, '\0');) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return {};
}

bool is_known_to_firejail(const std::string& container) {
  for (const char* known : {"docker", "lxc", "lxc-libvirt", "systemd-nspawn", "rkt"}) {
    if (container == known) return true;
  }
  return false;
}

}  // namespace

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

// The variable counts in the environment of process 1 alone: firejail is started with an empty one.
Section judge_container(const ContainerFacts& facts, const Needs& needs) {
  const std::string fact = "firejail knows that it is in a container";
  if (facts.kernel_threads) return {"container", {not_applicable(fact + ": it is in none")}};
  if (!facts.of_init) {
    return {
        "container",
        {not_applicable(fact + ": only root can read the environment of process 1; the attestation "
                               "of tier full shows it")}};
  }
  if (is_known_to_firejail(*facts.of_init)) {
    return {"container", {verified(fact + ": container=" + *facts.of_init)}};
  }
  return {"container",
          {graded(false, needs.jail,
                  fact +
                      " (no kernel thread among the first processes, so that it runs programs with "
                      "no jail at all unless `container` says docker in the environment of process "
                      "1): " +
                      (facts.of_init->empty() ? "it is not set" : "it is " + *facts.of_init),
                  "start the container with container=docker in its environment (docker run "
                  "--env container=docker)")}};
}

}  // namespace executor
