// What the launcher's two kinds of children give up before they become another program.
#pragma once

#include <string>

#include "base/result.h"

namespace executor {

// In a child: becomes the user irrevocably, with no group but its own and no capabilities. With
// `for_good`, no program can give it any either.
Result<void> become_user(const std::string& user, bool for_good);

// In a child that stays root: keeps the few capabilities that a zygote needs, and irrevocably gives
// up the others.
Result<void> keep_zygote_capabilities();

// In a child that stays root: gives up every capability, irrevocably.
Result<void> keep_no_capabilities();

// Which rights are available, which determines the possible tiers: whether root here has
// CAP_SYS_ADMIN, and whether the user may make a user namespace.
bool has_capability_to_administer();
bool can_make_user_namespace(const std::string& user);

}  // namespace executor
