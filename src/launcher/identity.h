// What the launcher's two kinds of children give up before they become another program.
#pragma once

#include <string>

#include "base/result.h"

namespace executor {

// In a child: becomes the user for ever, with no group but its own and no capabilities. With
// `for_good`, no program can give it any either.
Result<void> become_user(const std::string& user, bool for_good);

// In a child that stays root: keeps the few capabilities that a zygote needs, and loses the others
// for ever.
Result<void> keep_zygote_capabilities();

}  // namespace executor
