// The lifeline of a worker in the tier uid, between responder and zygote. A responder cannot signal
// processes of other users, nor see how much memory is theirs alone, so the zygote does both:
//
//   responder → zygote:  JobBegins when the job is handed over: watch it from now on
//   zygote → responder:  one byte (LimitExceeded) when a limit of the run as a whole was exceeded
//
// Either side shuts it down: the responder to have everything of the worker killed, the zygote when
// nothing of the worker is left.
#pragma once

#include <cstdint>

namespace executor {

// The limits that the job asks for, in bytes; 0: as configured. What is more than configured does
// not raise anything.
struct JobBegins {
  std::uint64_t memory = 0;
  std::uint64_t scratch = 0;
};

enum class LimitExceeded : char { kMemory = 'm', kFiles = 'f' };

}  // namespace executor
