// Python's standard streams. What a script writes reaches its descriptor at once, so that no ending
// loses it, and each print() is one write, so that lines of several threads do not mix.
//
// Python itself offers either, not both: buffered streams lose what a timeout cuts off, unbuffered
// ones write each piece of a line separately. So sys.stdout is an ordinary text stream on an
// ordinary BufferedWriter which flushes after each write, and print() joins its pieces first.
#pragma once

namespace executor {

// Makes sys.stdin, sys.stdout and sys.stderr anew, as they are for workers, and replaces print().
// Call once, in the zygote. False if it failed, with Python's exception set where that was Python's
// doing.
bool open_standard_streams();

// Writes what is left in the sys.stdout and sys.stderr that were made here, even if the script has
// rebound those names. Leaves no exception.
void flush_standard_streams();

}  // namespace executor
