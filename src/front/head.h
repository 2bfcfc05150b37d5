// The head of a response, as a FastCGI responder writes it for nginx.
#pragma once

#include <string>

#include "front/fastcgi.h"

namespace executor {

// Status, Content-Type and the response's own headers, each line with its end; without the empty
// line that ends the head.
std::string head_of(const Response& response);

}  // namespace executor
