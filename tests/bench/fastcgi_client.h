// One request straight to the responder, as nginx would pass it on, with the moments of its way.
#pragma once

#include <string>

#include "base/deadline.h"

namespace executor::bench {

struct Trip {
  Clock::time_point begun;      // before connecting
  Clock::time_point connected;  // before the request is written
  Clock::time_point first;      // the answer's first bytes are there
  Clock::time_point ended;      // its end is known
  std::string answer;           // the headers, an empty line, the body
};

// POST /execute with that body over the unix socket at `path`. Throws std::runtime_error or
// std::system_error.
Trip make_trip(const std::string& path, const std::string& body);

}  // namespace executor::bench
