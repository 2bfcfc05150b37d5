// The settings about clients of other protocols, and pages of other origins.
#pragma once

#include "base/result.h"
#include "compat/options.h"
#include "config/setting_table.h"

namespace executor {

// The values go into `clients`.
SettingTable clients_table(ClientOptions& clients);

// Splits the lists, and checks what is in them.
Result<void> check_clients(ClientOptions& clients);

}  // namespace executor
