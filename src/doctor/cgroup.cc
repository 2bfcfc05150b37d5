#include "doctor/cgroup.h"

#include <unistd.h>

#include "doctor/text_of.h"
#include "resources/cgroup_file.h"

namespace executor {

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

Section judge_cgroup(const CgroupFacts& facts) {
  Section section{"cgroups", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  const std::string instead = "; without, a watch over processes limits memory";
  add(graded(facts.unified, facts.required, "cgroup v2",
             "boot with systemd.unified_cgroup_hierarchy=1" + instead));
  if (!facts.unified || !facts.wanted) {
    add(not_applicable("a cgroup delegated to this service"));
    return section;
  }
  add(graded(
      facts.refusal.empty(), facts.required,
      "a cgroup delegated to this service: " + (facts.refusal.empty() ? facts.path : facts.refusal),
      "systemd: Delegate=cpu memory pids in the service's unit (asked from a shell, this is "
      "the shell's cgroup)" +
          instead));
  for (const char* controller : {"memory", "pids", "cpu"}) {
    const std::string list = " " + facts.controllers + " ";
    std::string words = list;
    for (char& letter : words) letter = letter == '\n' ? ' ' : letter;
    add(graded(words.find(" " + std::string(controller) + " ") != std::string::npos, false,
               std::string("its controller ") + controller,
               "systemd: Delegate=cpu memory pids in the service's unit" + instead));
  }
  return section;
}

}  // namespace executor
