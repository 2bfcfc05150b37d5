// The channels between the responder and one worker.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "runner/worker.h"

namespace executor {

struct Channels {
  UniqueFd job, out, err;  // the responder's ends
  WorkerChannels worker;   // the worker's ends
};

Result<Channels> make_channels();

}  // namespace executor
