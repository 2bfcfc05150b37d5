// Numbers as the contract's texts and bodies show them.
#pragma once

#include <cstdint>
#include <string>

namespace executor {

// `value`, which is finite, in decimal with at most `digits` digits after the point and no zeros at
// the end: "512", "2.5", "0.012345". Never in exponent form, never with a locale's comma.
std::string decimal(double value, int digits);

// "512 MB", "0.5 MB": 1 MB = 1048576 bytes.
std::string megabytes(std::uint64_t bytes);

}  // namespace executor
