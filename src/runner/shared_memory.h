// Shared memory without a name, as files: memory that belongs to no file is counted by no limit, so
// the system call filter refuses it. Like libc_answers.h, these definitions of libc's functions
// come before libc's for Python and the libraries in this process. A program that a script executes
// calls libc's and is refused.
//
//   mmap with MAP_SHARED | MAP_ANONYMOUS (mmap.mmap(-1, n) in Python): maps a file that has no name
//   memfd_create: makes such a file; it cannot be sealed
//
// Its whole size counts as scratch space from the start, so that no access to it can end the
// process because there is no space left. ENOMEM where there is less.
//
// A sanitizer's runtime has a mmap of its own, which must stay: not there in builds with one.
#pragma once

#include <string>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EXECUTOR_SHARED_MEMORY_IN_FILES 1
#endif

namespace executor {

// From now on, in this process and its forks, such memory is kept in files in the directory
// `where`, which must be a tmpfs that the caller may write. Before, and with an empty `where`, the
// kernel answers. Call before there are threads.
void keep_shared_memory_in(const std::string& where);

}  // namespace executor
