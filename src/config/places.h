// Where the parts of the service are that belong to this program.
#pragma once

#include <string>

namespace executor {

// The program that runs inside the jail: in libexec when installed, or next to this one in a build.
std::string default_runner();

// The profile of the outer jail: that of the installed service, or of the checkout or image that
// this program was built in.
std::string default_profile();

}  // namespace executor
