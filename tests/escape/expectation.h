// Endings as the heads of attacks write them:
//
//   held             main() returned "held": every try was refused as the sandbox refuses it
//   returned JSON    main() returned this value
//   TYPE [ERROR]     `error_type`, and the text of `error` when it is given
//   answered         any ending that is the script's own; not `internal` and not a refusal
//   distinct         (with runs) every run returned another value
//   output TEXT      program dialect: a normal end, and this output
//   error TEXT       program dialect: this error
#pragma once

#include <string>

#include "support/execute.h"

namespace executor::test {

// Whether the answer is the ending.
bool is_ending(const Answer& answer, const std::string& ending);

}  // namespace executor::test
