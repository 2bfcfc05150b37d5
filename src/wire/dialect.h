// How a program is sent, which decides how it is run.
#pragma once

#include <cstdint>
#include <string_view>

namespace executor {

// The field that carries it: `script` defines main(); `code` runs as __main__.
enum class Dialect : std::uint8_t { kFunction, kProgram };

// That field's name.
constexpr std::string_view name_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::kFunction:
      return "script";
    case Dialect::kProgram:
      return "code";
  }
  return "unknown";
}

}  // namespace executor
