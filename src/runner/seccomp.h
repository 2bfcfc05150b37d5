// The system calls that a sealed worker and its children may make (seccomp(2)). A list of what is
// allowed; everything else, calls that do not exist yet included, answers EPERM.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.h"
#include "runner/seccomp_table.h"

namespace executor {

using SeccompProgram = std::vector<sock_filter>;

// Compiles the table in runner/seccomp_table.cc into a BPF program. Takes milliseconds: done once,
// by the zygote.
Result<SeccompProgram> compile_seccomp(Sockets sockets = Sockets::kInternetAndUnix);

// Binds the calling thread and all that it starts to `program`, for ever. Requires no_new_privs.
// Allocates only on failure.
Result<void> install_seccomp(const SeccompProgram& program);

}  // namespace executor
