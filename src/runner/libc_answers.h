// Calls of libc that are answered differently for scripts. The program's own definitions of these
// functions come before libc's in the dynamic linker's order, so Python, its extension modules and
// the C libraries below them (gdbm, HDF5) call these. A program that a script executes calls
// libc's: there the system call filter alone answers.
//
//   setsid      makes a process group and no session: that would be an autogroup with CPU of its
//               own.
//   setrlimit,  a hard limit above the one that holds is lowered to that instead of refused:
//   prlimit     code that asks for 4 GB where less is allowed gets what is allowed.
#pragma once

namespace executor {

// From now on, in this process and its forks. Before, both functions are libc's: the worker's own
// limits must be set exactly, or fail. Call in a worker, after it is confined.
void answer_libc_for_script();

}  // namespace executor
