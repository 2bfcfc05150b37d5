// Which layer this runner does without.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "weakened/steps.h"

namespace executor {
namespace {

std::string suffix_of_this_program() {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string name(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot < name.rfind('/') ? "" : name.substr(dot + 1);
}

const std::string left_out = suffix_of_this_program();

}  // namespace

bool sealed = false;

bool without(std::string_view layer) {
  return left_out == layer;
}

int refuse() {
  errno = EPERM;
  return -1;
}

}  // namespace executor
