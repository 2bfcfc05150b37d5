// The settings whose value is one of a few words.
#pragma once

#include <string>

#include "base/result.h"
#include "execution/options.h"
#include "telemetry/log.h"

namespace executor {

Result<LogFormat> parse_log_format(const std::string& text);
Result<CgroupMode> parse_cgroup_mode(const std::string& text);
Result<RunIdentity> parse_run_identity(const std::string& text);
Result<LandlockMode> parse_landlock_mode(const std::string& text);

}  // namespace executor
