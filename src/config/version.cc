#include "config/config.h"

namespace executor {

// The Makefile defines it, from the file VERSION.
std::string version() {
  return EXECUTOR_VERSION;
}

}  // namespace executor
