#include "compat/call.h"

#include "compat/json_read.h"

namespace executor {

boost::system::result<RunRequest, Refusal> request_of(const Call& call,
                                                      const RequestLimits& limits) {
  if (!call.fault.empty()) return Refusal{call.fault, {}, {}};
  auto request = parse_request("application/json", call.body, limits);
  if (!request) return request;
  request->job.fit = call.fit;
  request->job.preamble = call.preamble;
  if (call.variables.empty()) return request;
  if (!is_object(call.variables)) return Refusal{"'global_variables' must be an object", {}, {}};
  request->job.variables = call.variables;
  return request;
}

}  // namespace executor
