// Named semaphores and shared memory where a run has no /dev/shm of its own (tier uid): files in a
// directory of the run. Like libc_answers.h, these definitions of libc's functions come before
// libc's for Python and the libraries in this process. A program that a script executes calls
// libc's, which find no /dev/shm there.
//
//   sem_open, sem_close, sem_unlink
//   shm_open, shm_unlink
//
// Differs from POSIX in one thing: opening a semaphore twice in one process gives two addresses of
// the same semaphore. Each sem_close() ends one of them.
#pragma once

#include <string>

namespace executor {

// From now on, in this process and its forks, named objects are files in the directory `where`,
// which the caller may write. Before, the functions are libc's. Call before there are threads.
void keep_named_objects_in(const std::string& where);

}  // namespace executor
