// A job's inputs besides the program: files, and what descriptor 0 gives. Made in the sealed
// worker, with the rights that the script will have and within its limits.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/job.h"

namespace executor {

// Lets descriptor 0 give `bytes`, then end of file: to this process, its children and C code. It is
// a regular file without a name, so that no writer is needed while the script runs. The working
// directory must be the run's own.
Result<void> provide_input(std::string_view bytes);

// Writes the files below the working directory, which must hold none of their names yet. Their
// paths were checked by the responder (contract/input_files.h); no link is followed all the same.
Result<void> write_files(const std::vector<InputFile>& files);

}  // namespace executor
