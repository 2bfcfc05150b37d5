// Answers of the contract as HTTP responses, for the routes.
#pragma once

#include "contract/render.h"
#include "contract/request.h"
#include "execution/service.h"
#include "front/fastcgi.h"

namespace executor {

// nginx's status, for the log, when the client has gone away.
inline constexpr int kClientClosedRequest = 499;

Response to_response(Answer answer);

// 405; `allowed` is its Allow header: "GET, HEAD".
Response wrong_method(const char* allowed);

// The outcome of a refused request.
Outcome outcome_of(Refusal refused);

// The headers that every answer to a run has: Server-Timing, and Retry-After where that helps.
void add_headers(Response& response, const Execution& execution);

// The answer of POST /execute.
Response render_execution(Dialect dialect, const Execution& execution);

}  // namespace executor
