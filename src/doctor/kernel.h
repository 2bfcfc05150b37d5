// Which of the kernel's calls and filters are there.
#pragma once

#include <string>

#include "doctor/finding.h"
#include "doctor/needs.h"

namespace executor {

struct KernelFacts {
  std::string release;  // "6.1.0-18-amd64"
  bool seccomp_filter = false;
  bool pidfd = false;
  bool clone3 = false;
  bool close_range = false;
  bool mount_setattr = false;
  int landlock_abi = 0;  // 0: none
};

KernelFacts survey_kernel();
Section judge_kernel(const KernelFacts& facts, const Needs& needs);

}  // namespace executor
