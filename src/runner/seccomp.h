// The system calls that a sealed worker and its children may make (seccomp(2)). A list of what is
// allowed; everything else, calls that do not exist yet included, answers EPERM.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.h"
#include "wire/seccomp_table.h"

namespace executor {

using SeccompProgram = std::vector<sock_filter>;

// Compiles a table into a BPF program. Takes milliseconds.
Result<SeccompProgram> compile_seccomp(const std::vector<SeccompGroup>& table);

// Binds the calling thread and all that it starts to `program`, irrevocably, in addition to those
// that it is bound to already. Requires no_new_privs. Allocates only on failure.
Result<void> install_seccomp(const SeccompProgram& program);

// The same for the zygote, which executes no program that could give it new privileges.
Result<void> filter_zygote(const SeccompProgram& program);

}  // namespace executor
