// Endings as the heads of attacks write them:
//
//   held             main() returned "held": every try was refused as the sandbox refuses it
//   returned JSON    main() returned this value
//   TYPE [ERROR]     `error_type`, and the text of `error` when it is given
//   answered         any ending that is the script's own; not `internal` and not a refusal
//   distinct         (with runs) every run returned another value
//   output TEXT      program dialect: a normal end, and this output
//   error TEXT       program dialect: this error
//   each N ENDING    (with the field `runs`) N answers, each of which is that ending
#pragma once

#include <string>
#include <vector>

#include "escape/attack.h"
#include "support/execute.h"

namespace executor::test {

// Whether the answer is the ending.
bool is_ending(const Answer& answer, const std::string& ending);

// Whether the answer is one of the endings that the attack expects.
bool is_expected(const Attack& attack, const Answer& answer);

// Whether the runs must have returned different values, and whether they have.
bool asks_for_distinct(const Attack& attack);
bool are_distinct(const std::vector<Answer>& answers);

// Whether the attack itself says that a try went through.
bool says_that_it_escaped(const Answer& answer);

// Whether all runs were under way at the same time: each prints `window START END` on the monotonic
// clock, which all processes of the machine share.
bool met(const std::vector<Answer>& answers);

}  // namespace executor::test
