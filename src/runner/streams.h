// Python's standard streams. What a script writes reaches its descriptor at once, so that no ending
// loses it, and each print() is one write, so that lines of several threads do not mix.
//
// Python itself offers either, not both: buffered streams lose what a timeout cuts off, unbuffered
// ones write each piece of a line separately. So sys.stdout is an ordinary text stream on an
// ordinary BufferedWriter which flushes after each write, and print() joins its pieces first.
#pragma once

namespace executor {

// Makes sys.stdin, sys.stdout and sys.stderr anew, on the descriptors as they are now: a stream
// asks only once whether it can seek and how large its blocks are. False with Python's exception
// set. Call in the zygote once with `for_first_time`, which also replaces print(), and in each
// worker.
bool open_standard_streams(bool for_first_time);

// Writes what is left in the sys.stdout and sys.stderr that were made here, even if the script has
// rebound those names. Leaves no exception.
void flush_standard_streams();

}  // namespace executor
