// The channels between the responder and one worker.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace executor {

struct WorkerChannels {
  UniqueFd job, out, err;
};

struct Channels {
  UniqueFd job, out, err;  // the responder's ends
  WorkerChannels worker;   // the worker's ends
};

Result<Channels> make_channels();

}  // namespace executor
