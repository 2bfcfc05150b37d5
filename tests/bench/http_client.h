// A client of an HTTP service: POST /execute on a kept connection, and GET. The one file that knows
// Beast.
#pragma once

#include <string>

#include "client.h"

namespace executor::bench {

// A client of the service at `endpoint` ("127.0.0.1:8080") for `script`. Connects at its first run,
// and again whenever the service has closed the connection after an answer.
ClientPtr make_http_client(const std::string& endpoint, const Script& script);

// The body of GET `target` on a connection of its own. Throws unless it is answered with 200.
std::string http_get(const std::string& endpoint, const std::string& target);

}  // namespace executor::bench
