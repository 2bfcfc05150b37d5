// Named semaphores and shared memory where a run has no /dev/shm of its own (tier uid): files in a
// directory of the run. Like libc_answers.h, these definitions of libc's functions come before
// libc's for Python and the libraries in this process; in a program that a script executes, those
// of a library that it loads first do (runner/preloaded.cc).
//
//   sem_open, sem_close, sem_unlink
//   shm_open, shm_unlink
//   statvfs: of /dev/shm it says that no space is left, so that what looks for a place for its
//            files, such as multiprocessing's shared arrays, takes another
//
// Differs from POSIX in one thing: opening a semaphore twice in one process gives two addresses of
// the same semaphore. Each sem_close() ends one of them.
//
// Programs that know nothing of C++ load this, so it does without its runtime library.
#pragma once

namespace executor {

// The variable of the environment that names the directory to the programs of a run, and the
// library that reads it.
inline constexpr const char* kObjectsVariable = "PYTHON_EXECUTOR_SHM";
inline constexpr const char* kObjectsLibrary = "python-executor-shm.so";

// From now on, in this process and its forks, named objects are files in the directory `where`,
// which the caller may write. Before, and with an empty `where`, the functions are libc's. Call
// before there are threads. False, and nothing changes, when the path is too long for one.
[[nodiscard]] bool keep_named_objects_in(const char* where);

}  // namespace executor
