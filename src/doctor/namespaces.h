// Whether an unprivileged process can make the namespaces of a run.
#pragma once

#include <optional>

#include "doctor/finding.h"
#include "doctor/needs.h"

namespace executor {

struct NamespaceFacts {
  std::optional<long> max_user_namespaces;        // user.max_user_namespaces
  std::optional<long> unprivileged_userns_clone;  // kernel.unprivileged_userns_clone (Debian)
  std::optional<long> apparmor_restriction;       // kernel.apparmor_restrict_unprivileged_userns
  int user_error = 0;   // errno of making a user namespace; 0: it was made
  int mount_error = 0;  // the same of a mount namespace within it
  int root_error = 0;   // EPERM or EACCES where pivot_root(2) is refused there
};

// Makes namespaces, in a child that ends at once.
NamespaceFacts survey_namespaces();
Section judge_namespaces(const NamespaceFacts& facts, const Needs& needs);

}  // namespace executor
