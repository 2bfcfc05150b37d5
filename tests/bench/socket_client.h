// A client of a bare server: no HTTP, one unix stream connection per job. The messages (message.h)
// are the script's source one way and the answer as JSON the other way. The server's worker ends
// when the client has closed its side.
#pragma once

#include <string>

#include "client.h"

namespace executor::bench {

// A client of the server that listens at `path` for `script`.
ClientPtr make_socket_client(const std::string& path, const Script& script);

}  // namespace executor::bench
