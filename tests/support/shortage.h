// The soft limit of a running process, lowered for as long as the object lives.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include "support/boost_test.h"

namespace executor::test {

class Shortage {
 public:
  Shortage(pid_t process, __rlimit_resource resource, rlim_t limit)
      : process_(process), resource_(resource) {
    BOOST_REQUIRE(::prlimit(process_, resource_, nullptr, &before_) == 0);
    const rlimit lowered{limit, before_.rlim_max};
    BOOST_REQUIRE(::prlimit(process_, resource_, &lowered, nullptr) == 0);
  }
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;
  ~Shortage() { ::prlimit(process_, resource_, &before_, nullptr); }

 private:
  pid_t process_;
  __rlimit_resource resource_;
  rlimit before_{};
};

}  // namespace executor::test
