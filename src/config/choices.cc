#include "config/choices.h"

namespace executor {

Result<LogFormat> parse_log_format(const std::string& text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return failure("log-format must be text or json, not \"" + text + "\"");
}

Result<CgroupMode> parse_cgroup_mode(const std::string& text) {
  if (text == "auto") return CgroupMode::kAuto;
  if (text == "required") return CgroupMode::kRequired;
  if (text == "off") return CgroupMode::kOff;
  return failure("cgroup must be auto, required or off, not \"" + text + "\"");
}

Result<RunIdentity> parse_run_identity(const std::string& text) {
  if (text == "auto") return RunIdentity::kAuto;
  if (text == "own") return RunIdentity::kOwn;
  if (text == "shared") return RunIdentity::kShared;
  return failure("run-identity must be auto, own or shared, not \"" + text + "\"");
}

Result<LandlockMode> parse_landlock_mode(const std::string& text) {
  if (text == "auto") return LandlockMode::kAuto;
  if (text == "required") return LandlockMode::kRequired;
  return failure("landlock must be auto or required, not \"" + text + "\"");
}

}  // namespace executor
