// The settings of what stands in front of the service: their names, defaults and texts.
#pragma once

#include <boost/program_options.hpp>

#include "base/result.h"
#include "config/config.h"

namespace executor {

// `front_timeout` in seconds; 0: derived from the other settings.
boost::program_options::options_description nginx_table(double& front_timeout, NginxOptions& nginx);

// A failure names the setting that is out of bounds.
Result<void> check_nginx(const NginxOptions& nginx);

}  // namespace executor
