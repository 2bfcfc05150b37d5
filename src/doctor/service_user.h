// Started by root, the doctor examines the case of the service's user: root is refused what the
// service is granted (firejail for ordinary users, id maps of its own), and granted what it is
// refused.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/switch_user.h"
#include "config/config.h"

namespace executor {

// As whom a service that root starts runs: the owner of its socket, if that is there and not
// root's, else the user python-executor. Empty: there is no such user.
std::optional<Account> service_account(const std::string& socket);

// Calls `act` in a child that has become the user, and returns what it returned; 1 when a signal
// ended it. The runner and profile of a build are copied to a place that the user can read, as
// serve/serve does, and the copies are removed. Call in a process without threads.
int run_as(const Account& account, const Config& config,
           const std::function<int(const Config&)>& act);

}  // namespace executor
