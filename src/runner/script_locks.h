// Locks of a script. A lock of flock(2) on a library's file would be felt by every other run, so
// the filter makes that call do nothing, and on the run's own files locks of the open file
// description (fcntl_locking(2)) stand for it: they have the same owner and the same end. On all
// other files flock() succeeds and locks nothing.
//
// They lock bytes beyond the end of any file. fcntl(2)'s own locks, which must be independent of
// flock(2), are kept off these bytes: "to the end of the file" ends below them.
//
// A shared lock is a read lock on one byte. If the file is open for writing only, it is a write
// lock on a byte of its own, because fcntl(2) gives read locks only on files that can be read. An
// exclusive lock is a write lock on all of these bytes. Limitation: on a file that is open for
// reading only, an exclusive lock becomes a shared one.
//
// Like those of runner/libc_answers.h, these definitions come before libc's for Python, its
// extension modules and the C libraries below them.
#pragma once

namespace executor {

// From now on, in this process and its forks. Before, these functions are libc's.
void lock_for_script();

}  // namespace executor
