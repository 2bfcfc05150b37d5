// The table of system calls (wire/seccomp_table.h) as two filters, because a large one costs more
// to install than anything else in a worker's confinement:
//
//   first    the zygote binds itself to it before its first clone, and workers inherit it at no
//            cost. It is the table, but also allows the calls that confinement itself has to make.
//   second   each worker binds itself to it when it is confined. It judges those calls as the table
//            does, and leaves all others to the first.
//
// What passes both is what the table allows, call by call and argument by argument.
#pragma once

#include <vector>

#include "base/result.h"
#include "runner/seccomp.h"
#include "wire/seccomp_table.h"

namespace executor {

struct SeccompStages {
  SeccompProgram zygote;
  SeccompProgram worker;
};

// Takes milliseconds: done once, by the zygote.
Result<SeccompStages> compile_stages(Sockets sockets = Sockets::kInternetAndUnix);

}  // namespace executor
