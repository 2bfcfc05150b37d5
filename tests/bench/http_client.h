// A client of an HTTP service: POST /execute on a kept connection. The one file that knows Beast.
#pragma once

#include <string>

#include "client.h"

namespace executor::bench {

// A client of the service at `endpoint` ("127.0.0.1:8080") for `script`. Connects at its first run,
// and again whenever the service has closed the connection after an answer.
ClientPtr make_http_client(const std::string& endpoint, const Script& script);

}  // namespace executor::bench
