// Whether only root can change a path, so that a process with root's rights can safely load it even
// if other users are compromised.
#pragma once

#include <string>

#include "base/result.h"

namespace executor {

// Succeeds when `path`, which is absolute, and every directory and link on the way to it, with what
// the links lead to, belong to root and are writable by no other user; so no other user can change
// what the path names. The groups of Debian's base system (ids below 100) may write: the service's
// user is in none of them. The failure names the part that is not root's.
Result<void> require_roots_own(const std::string& path);

}  // namespace executor
