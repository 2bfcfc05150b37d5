// Preload sets as they are written in the configuration, and those that there are without any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "execution/options.h"

namespace executor {

// The sets of a service that is told of none. The one for plots is there where matplotlib is.
std::vector<std::string> default_preload();
// The same for --help, on whatever machine.
std::string shown_default_preload();
// Modules, with blanks between, that every set has.
std::string default_common_modules();

// "NAME[=READY]: MODULE ... [+ MODULE ...]"; modules behind the plus choose nothing. `common` are
// more of those, `ready` is what holds without a READY.
Result<PreloadSet> parse_preload_set(const std::string& text, const std::string& common,
                                     std::uint32_t ready);

}  // namespace executor
