// How busy is the machine? Contenders that are not being measured must not eat the measured one's
// CPU.
#pragma once

namespace executor::bench {

// Waits, one second at most, for a tenth of a second in which the machine's processors were at
// least nine tenths idle. False when there was none.
bool wait_until_idle();

// CPU time of all processes of this machine since it started.
double busy_seconds();

}  // namespace executor::bench
