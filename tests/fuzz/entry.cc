// libFuzzer's entry, linked into every target.
#include <cstddef>
#include <cstdint>

#include "fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  executor::check_properties({reinterpret_cast<const char*>(data), size});
  return 0;
}
