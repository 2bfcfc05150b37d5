// Whether firejail knows that it is in a container: else it runs programs with no jail at all.
#pragma once

#include <optional>
#include <string>

#include "doctor/finding.h"
#include "doctor/needs.h"

namespace executor {

struct ContainerFacts {
  bool kernel_threads = false;         // one of the processes 1 to 10 is the kernel's
  std::optional<std::string> of_init;  // `container` in the environment of process 1; empty: it
                                       // cannot be read
};

ContainerFacts survey_container();
Section judge_container(const ContainerFacts& facts, const Needs& needs);

}  // namespace executor
