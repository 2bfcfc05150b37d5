// What the fuzz targets share: one function that takes an input, and the way in which it says what
// holds for every input. A target is one file, <target>_fuzz.cc; its seeds are in corpus/<target>/,
// the inputs that once broke something in regressions/<target>/.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace executor {

// Defined by each target. `input` is exactly as large as its memory, so that a read past its end is
// seen.
void check_properties(std::string_view input);

// Ends the program, which libFuzzer reports with the input, unless `holds`.
inline void must(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

// The part of `rest` before the next `separator`, or all of it; takes both off.
inline std::string_view take_until(std::string_view& rest, std::string_view separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(part.size() == rest.size() ? part.size() : part.size() + separator.size());
  return part;
}

}  // namespace executor
