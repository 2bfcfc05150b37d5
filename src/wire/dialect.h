// How a program is sent, which decides how it is run.
#pragma once

#include <cstdint>

namespace executor {

// The field that carries it: `script` defines main(); `code` runs as __main__.
enum class Dialect : std::uint8_t { kFunction, kProgram };

}  // namespace executor
