// Every setting of the service but those of clients (config/clients_table.h), a row each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/setting_table.h"

namespace executor {

// What is made into preload sets once all settings are known (config/preload.h).
struct PreloadTexts {
  std::uint32_t ready = 4;
  std::vector<std::string> sets;
  std::string common;
};

// The values go into the arguments. 0 means for body_memory, front_timeout and address_connections
// of the configuration that they follow from other settings.
SettingTable service_table(Config& config, PreloadTexts& preload);
SettingTable nginx_table(Config& config);
SettingTable limits_table(Config& config);
SettingTable sandbox_table(Config& config, PreloadTexts& preload);

}  // namespace executor
