#include "base/switch_user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace executor {
namespace {

Result<Account> account_of(const passwd* entry, const std::string& user) {
  if (entry == nullptr) return os_failure("find the user " + user);
  return Account{entry->pw_name, entry->pw_uid, entry->pw_gid};
}

}  // namespace

Result<Account> find_account(const std::string& name) {
  errno = 0;
  return account_of(::getpwnam(name.c_str()), name);
}

Result<Account> find_account(uid_t uid) {
  errno = 0;
  return account_of(::getpwuid(uid), std::to_string(uid));
}

Result<void> switch_user(const Account& account) {
  if (account.uid == 0) return failure("become another user: " + account.name + " is root");
  // The groups first: without root's rights they could no longer be left.
  if (::setgroups(0, nullptr) != 0 || ::setresgid(account.gid, account.gid, account.gid) != 0 ||
      ::setresuid(account.uid, account.uid, account.uid) != 0) {
    return os_failure("become the user " + account.name);
  }
  if (::setuid(0) == 0) return failure("become the user " + account.name + ": root came back");
  return {};
}

}  // namespace executor
