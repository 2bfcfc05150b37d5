#include "base/unix_sockets.h"

#include <fstream>
#include <sstream>

namespace executor {

// A line begins with the protocol, the size of a socket, and their number.
std::uint64_t count_unix_sockets(const std::string& protocols) {
  std::ifstream lines(protocols);
  std::uint64_t all = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("UNIX")) continue;
    std::istringstream words(line);
    std::string protocol, size;
    std::uint64_t count = 0;
    if (words >> protocol >> size >> count) all += count;
  }
  return all;
}

}  // namespace executor
