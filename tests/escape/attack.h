// One attack of the corpus: a Python program whose first lines say what must become of it. Knows
// the files, nothing of servers and answers.
//
//   # expect: ENDING [or ENDING ...]  required, in the first line (see expectation.h)
//   # dialect: program                the source is sent as `code`, not as `script`
//   # timeout: SECONDS                of the request
//   # runs: N                         N runs, one after the other
//   # concurrent: N                   N runs at the same time, each of which prints its window
//   # gone: TEXT                      no process with it in its command line may be left behind
//   # absent: PATH                    this path may not exist on the host afterwards
//   # fields: JSON                   further members of the request: "stdin": "x", "outputs": true
//   # files: JSON                    the answer's `files`, all of them
//   # without: TEXT                  the answer may not contain it anywhere
//   # architecture: MACHINE          as in `uname -m`; on others there is no such attack
//   # open: WHY                       a hole that is known: the attack must still succeed, so that
//                                     closing it is noticed here
//   # TIER-KEY: VALUE               any of these lines in that tier only; the others keep theirs
//   # TIER-closed: WHY              what is open elsewhere is not in that tier
//   # own-KEY, own-closed           the same where each run has a user id of its own, as it has in
//                                   the tier uid, and elsewhere with subordinate ids
//
// `from prelude import *` stands for the text of prelude.py, in which TIER is the tier.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace executor::test {

struct Attack {
  std::string name;    // the file's, without its suffix
  std::string source;  // what is sent
  std::vector<std::string> expected;
  bool is_program = false;
  std::optional<double> timeout;
  int runs = 1;
  int concurrent = 1;
  std::string gone;
  std::string absent;
  std::string architecture;  // empty: each
  std::string open;
  std::string fields;  // JSON text, without the braces around it
  std::string files;   // JSON text; empty: not looked at
  std::string without;
};

// The attack as it is in that tier, and with those ids. Throws std::runtime_error when the file
// cannot be read or its head is not as above.
Attack read_attack(const std::filesystem::path& file, const std::string& tier = "full",
                   bool own_ids = true);

// The body of its request.
std::string body_of(const Attack& attack);

// All attacks of the directory for this machine's architecture, by name. Those of its folder
// `fields` are no part of them: they are about what requests bring along and take.
std::vector<std::filesystem::path> attacks_in(const std::filesystem::path& directory);

}  // namespace executor::test
