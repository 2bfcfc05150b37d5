// Callbacks that C code can call, which ctypes makes by libffi.
#pragma once

#include "base/result.h"

namespace executor {

// Call once, in the zygote, before anything is imported.
//
// Where libffi is built with static trampolines (Debian's is, from Debian 14 on), the code of
// callbacks is mapped from a file that it opens for the first of them, at `import ctypes`, and
// keeps open to map more of it. A worker closes all descriptors that the zygote has, and a script's
// file takes that number: libffi would then execute what is in the script's file. So it decides
// here, while no file can be opened, to take anonymous memory, and does not open one later: as
// without such trampolines, no descriptor is left over, and each worker makes as many callbacks as
// it likes. Libffi stays loaded then. Does nothing where there is none, or one before 3.5.
Result<void> keep_libffi_from_files();

}  // namespace executor
