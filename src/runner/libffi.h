// Callbacks that C code can call, which ctypes makes by libffi.
#pragma once

#include "base/result.h"

namespace executor {

// Call once, in the zygote, before anything is imported.
//
// Where libffi is built with static trampolines (Debian's is, from Debian 14 on), the code of
// callbacks is mapped from a file that it opens for the first of them, at `import ctypes`, and
// keeps open to map more of it. A worker closes all descriptors that the zygote has, and a file of
// the script's may get that number: libffi would then execute what is in the script's file. So this
// makes libffi initialize itself while no file can be opened: from then on it uses anonymous
// memory, as it does without static trampolines, and opens no file, and each worker can make any
// number of callbacks. Libffi stays loaded afterwards. Does nothing if libffi is not there, or is
// older than 3.5.
Result<void> keep_libffi_from_files();

}  // namespace executor
