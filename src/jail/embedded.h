// Files that are compiled into the responder; the definitions are generated (scripts/embed).
#pragma once

#include <string_view>

namespace executor {

std::string_view embedded_canary();
std::string_view embedded_profile();  // firejail/python-executor.profile

}  // namespace executor
