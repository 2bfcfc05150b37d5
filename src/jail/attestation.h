// Attestation: finding out that the sandbox is in force. firejail fails open silently, so neither
// its exit code nor its output is believed: a canary runs as an ordinary job and reports what it
// found and what it could do; /proc shows from outside what the canary's process is; a pure
// function judges both.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/control.h"

namespace executor {

// Name and value of each fact. Inside facts are the canary's; outside facts are read from /proc.
using Facts = std::map<std::string, std::string>;

// A script in the program dialect that prints one fact a line, "name<TAB>value".
std::string_view canary_script();

// What the canary printed. Lines that are not facts are left out, so that they count as missing.
Facts parse_facts(std::string_view printed);

// What /proc says about the worker `pid` (in our own PID namespace): whether its namespaces are its
// own, ours, its zygote's or another worker's ("ns.pid": "own"), or, where the tier is uid, its
// ids; the fields of its status that are about privileges; and how much its zygote maps.
Result<Facts> observe(int pid, const Setup& promised);

// The limits of memory come on top of what the zygote maps, which is an outside fact: where the
// "limit.data" and "limit.as" that the canary has found leave a run what it is promised and no
// more, they are replaced by the facts that are judged ("N above the zygote"). Otherwise they stay
// as they are.
void relate_memory_limits(const SandboxLimits& promised, const Facts& outside, Facts& inside);

// Every mount point that this process sees, for the canary to try where it has no root of its own.
std::vector<std::string> mount_points();

// One promise, and what the facts say about it.
struct Judgement {
  std::string name;
  std::string promised;
  std::optional<std::string> found;  // empty: there is no such fact
  bool applies = true;               // whether the tier promises it
  bool inside = true;                // the canary's fact, else the kernel's

  [[nodiscard]] bool holds() const { return found == promised; }
};

// Each promise that any tier makes, in a fixed order.
std::vector<Judgement> judge_facts(const Setup& promised, const Facts& inside,
                                   const Facts& outside);

// Every promise of the tier that does not hold according to the facts, as "name is X, not Y"; empty
// when the sandbox is attested. A missing fact fails. Of the setup, only the tier, the limits and
// the paths that scripts may see are used.
std::vector<std::string> missing_facts(const Setup& promised, const Facts& inside,
                                       const Facts& outside);

}  // namespace executor
