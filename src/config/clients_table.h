// The settings about clients of other protocols, and pages of other origins.
#pragma once

#include <boost/program_options.hpp>

#include "base/result.h"
#include "compat/options.h"

namespace executor {

// The values go into `clients`.
boost::program_options::options_description clients_table(ClientOptions& clients);

// Splits the lists, and checks what is in them.
Result<void> check_clients(ClientOptions& clients);

}  // namespace executor
