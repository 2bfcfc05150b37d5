// What --help says: the commands with the settings that are used most, one topic's settings, or one
// setting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/setting_table.h"

namespace executor {

// A group of settings under one word.
struct HelpTopic {
  std::string_view name;
  std::vector<std::string_view> most_used;  // settings of it
  const SettingTable* table = nullptr;
};

// `about` is empty, "all", the name of a topic, or that of a setting, with or without its dashes. A
// failure names what was probably meant.
Result<std::string> help(std::string_view about, const std::vector<HelpTopic>& topics);

// All tables as JSON: what scripts/document-settings makes the documents of.
std::string help_json(const std::vector<HelpTopic>& topics);

// What is wrong with a command line that begins with `word`, which is neither a setting nor a
// command, and what was probably meant.
std::string unknown_command(const std::string& word);

}  // namespace executor
