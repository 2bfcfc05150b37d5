// python-executor-shm.so, which the programs that a script executes load first (LD_PRELOAD,
// ld.so(8)) where a run has no /dev/shm of its own: they find the named semaphores and the shared
// memory that other processes of their run have made. Children that multiprocessing starts afresh
// and its resource tracker are such programs.
//
// It has no more rights than its program, and is not a security boundary: a script that unsets the
// two variables gets libc's functions, which are refused.
#include <stdlib.h>

#include "runner/named_objects.h"

namespace {

__attribute__((constructor)) void use_directory_of_run() {
  const char* const directory = ::getenv(executor::kObjectsVariable);
  if (directory != nullptr) (void)executor::keep_named_objects_in(directory);
}

}  // namespace
