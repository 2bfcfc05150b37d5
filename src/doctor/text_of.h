// Files of the kernel's as text.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace executor {

// "" where the file cannot be read.
inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace executor
