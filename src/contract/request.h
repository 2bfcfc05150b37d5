// The body of POST /execute, checked and turned into a job. Pure: bytes in, value out.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "contract/outcome.h"

namespace executor {

// What a request may ask for; the configuration fills it in. Spans are wall-clock time.
struct RequestLimits {
  std::chrono::duration<double> max_timeout{30};
  std::chrono::duration<double> default_function_timeout{30};
  std::chrono::duration<double> default_program_timeout{5};
};

struct Job {
  Dialect dialect = Dialect::kFunction;
  std::string source;  // UTF-8, not empty; may contain NUL
  std::chrono::duration<double> timeout{};
  bool images = false;  // the plots that the script leaves open are to come with the answer
};

// A refused request: the contract's `error` text for a 400 answer.
struct Refusal {
  std::string error;
};

// Parses a request. `content_type` is the header's value as sent, "" when absent. Accepts raw
// newlines, tabs and carriage returns inside JSON strings; everything else is strict JSON. Ignores
// unknown fields. Cost is linear in the size of the body, its nesting is bounded.
boost::system::result<Job, Refusal> parse_request(std::string_view content_type,
                                                  std::string_view body,
                                                  const RequestLimits& limits);

}  // namespace executor
