// A request of another protocol, translated to POST /execute: it goes through the same checks
// (contract/request.h) as any other.
#pragma once

#include <boost/system/result.hpp>
#include <string>

#include "contract/request.h"

namespace executor {

struct Call {
  std::string body{};       // of POST /execute
  std::string variables{};  // a JSON object with global variables of the run; empty: none
  std::string fault{};      // what that protocol refuses it for; empty: nothing
  bool fit = false;         // of the named arguments, main() gets those that it asks for
  std::string preamble{};   // runs before the program, in the same module
};

// The call as a job, or why it is refused.
boost::system::result<RunRequest, Refusal> request_of(const Call& call,
                                                      const RequestLimits& limits);

}  // namespace executor
