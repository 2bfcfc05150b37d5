// Numbers as the contract's texts and bodies show them.
#pragma once

#include <string>

namespace executor {

// `value`, which is finite, in decimal with at most `digits` digits after the point and no zeros at
// the end: "512", "2.5", "0.012345". Never in exponent form, never with a locale's comma.
std::string decimal(double value, int digits);

}  // namespace executor
