#include "base/landlock_abi.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace executor {

int landlock_abi() {
  constexpr unsigned long kVersionFlag = 1;
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag);
  return version > 0 ? static_cast<int>(version) : 0;
}

}  // namespace executor
