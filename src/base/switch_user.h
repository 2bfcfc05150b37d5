// Becoming another user, as a process of root's.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace executor {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

// Failures: there is no such user in passwd(5).
Result<Account> find_account(const std::string& name);
Result<Account> find_account(uid_t uid);

// Takes the user's ids, real, effective and saved, with no group but its own. The kernel then takes
// every capability away, and programs that are executed can give some back. Refuses root.
Result<void> switch_user(const Account& account);

}  // namespace executor
