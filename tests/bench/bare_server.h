// The bare server of the bench: what the service's workers could do at best, with no sandbox, no
// HTTP and no limits around them.
#pragma once

#include <string>

namespace executor::bench {

// The modules that the preload set `set` of the service's configuration imports, one to a line. The
// configuration is read from the environment, as the service does. Throws std::runtime_error.
std::string modules_of(const std::string& set);

// Serves scripts at the unix socket `path` (the protocol is message.h's) until it is killed, with
// the preload set `set`. Says "ready" on stdout when its workers are. Needs a single-threaded
// process; throws std::runtime_error.
[[noreturn]] void run_bare_server(const std::string& path, const std::string& set);

}  // namespace executor::bench
