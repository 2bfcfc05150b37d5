// Locks of a script. A lock of flock(2) on a library's file would be felt by every other run, so
// the filter makes that call do nothing, and on the run's own files locks of the open file
// description (fcntl_locking(2)) stand for it: they have the same owner and the same end. On all
// other files flock() succeeds and locks nothing.
//
// They lock bytes that no file has. The locks of fcntl(2), which flock(2) is independent of, are
// kept off these: "to the end of the file" ends below them.
//
// A shared lock reads, or holds a byte of its own where the file is open for writing only: fcntl(2)
// gives read locks only to those who can read. An exclusive lock writes to all of these bytes. What
// cannot be had: an exclusive lock on a file that is open for reading only is a shared one.
//
// Like those of runner/libc_answers.h, these definitions come before libc's for Python, its
// extension modules and the C libraries below them.
#pragma once

namespace executor {

// From now on, in this process and its forks. Before, these functions are libc's.
void lock_for_script();

}  // namespace executor
