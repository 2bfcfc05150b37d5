// Preload sets as they are written in the configuration, and the default ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "execution/options.h"

namespace executor {

// The default preload sets. The one for plots is included where matplotlib is installed.
std::vector<std::string> default_preload();
// The same for --help: the same on every machine.
std::vector<std::string> shown_default_preload();
// The modules that every set has, separated by blanks.
std::string default_common_modules();

// "NAME[=READY]: MODULE ... [+ MODULE ...]"; modules after the plus do not select the set. `common`
// are more of those; `ready` is the default for READY.
Result<PreloadSet> parse_preload_set(const std::string& text, const std::string& common,
                                     std::uint32_t ready);

}  // namespace executor
