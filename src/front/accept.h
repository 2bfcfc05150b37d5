// What a client asks for with its Accept header (RFC 9110, 12.5.1). Pure.
#pragma once

#include <string_view>

namespace executor {

// Whether a client with this Accept header wants events rather than JSON: it must name
// text/event-stream, and with a weight that is not below that of JSON.
bool asks_for_events(std::string_view accept);

}  // namespace executor
