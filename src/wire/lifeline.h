// The lifeline of a worker in the tier uid, between responder and zygote. A responder cannot signal
// processes of other users, nor see how much memory is theirs alone, so the zygote does both:
//
//   responder → zygote:  one byte when the job is handed over: watch it from now on
//   zygote → responder:  one byte (Excess) when a limit of the run as a whole was exceeded
//
// Either side shuts it down: the responder to have everything of the worker killed, the zygote when
// nothing of the worker is left.
#pragma once

namespace executor {

inline constexpr char kJobBegins = 'j';

enum class Excess : char { kMemory = 'm', kFiles = 'f' };

}  // namespace executor
