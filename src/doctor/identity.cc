#include "doctor/identity.h"

#include <optional>
#include <string>

namespace executor {

Section judge_identity(const IdentityFacts& facts, bool required, std::uint32_t least) {
  Section section{"a user id of its own for each run", {}};
  auto add = [&section, required](bool fine, std::string fact, std::string remedy) {
    section.findings.push_back(graded(fine, required, std::move(fact), std::move(remedy)));
  };
  const auto gives = [&](const char* file, const std::optional<IdRange>& range,
                         const std::string& option) {
    const std::string found =
        range ? std::to_string(range->count) + " from " + std::to_string(range->first) : "none";
    add(range && range->count >= least,
        std::string(file) + " gives " + facts.user + " at least " + std::to_string(least) +
            " ids in a row: " + found,
        "usermod " + option + " 100000-165535 " + facts.user +
            ", with numbers that no other line of the file has");
  };
  add(facts.programs, "newuidmap and newgidmap are installed", "apt-get install uidmap");
  add(facts.privileged, "they are set-user-ID root", "apt-get install --reinstall uidmap");
  add(!facts.no_new_privs, "no_new_privs is not set, so that this counts",
      "start it without no_new_privs");
  gives("/etc/subuid", facts.uids, "--add-subuids");
  gives("/etc/subgid", facts.gids, "--add-subgids");
  return section;
}

}  // namespace executor
