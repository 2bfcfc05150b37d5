#include "config/sources.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "config/near_settings.h"

namespace executor {
namespace {

namespace po = boost::program_options;

constexpr const char* kEnvironmentPrefix = "PYTHON_EXECUTOR_";

// A number without its sign: -1 would be taken for the largest number that there is.
Result<void> refuse_negative(const po::parsed_options& parsed) {
  for (const po::option& option : parsed.options) {
    const std::string value = option.value.empty() ? "" : option.value[0];
    const bool number = value.size() > 1 && value[0] == '-' && value[1] >= '0' && value[1] <= '9';
    if (number) return failure(option.string_key + " must not be negative");
  }
  return {};
}

// What is neither a setting nor the value of one.
Result<void> refuse_words(const po::parsed_options& parsed) {
  for (const po::option& option : parsed.options) {
    if (!option.string_key.empty()) continue;
    return failure("\"" + option.value.at(0) +
                   "\" is neither a setting nor the value of one: settings are --NAME VALUE");
  }
  return {};
}

std::vector<std::string_view> names_in(const po::options_description& table) {
  std::vector<std::string_view> names;
  for (const auto& option : table.options()) names.emplace_back(option->long_name());
  return names;
}

std::string meant_instead_of(const std::string& name, const po::options_description& table) {
  return did_you_mean(name, names_in(table));
}

std::string unknown_setting(const po::unknown_option& error, const po::options_description& table) {
  std::string name = error.get_option_name();
  if (name.starts_with('-') && !name.starts_with("--")) {
    return "\"" + name + "\" is no setting: settings are --NAME VALUE";
  }
  name.erase(0, name.find_first_not_of('-'));
  return "unknown setting " + name + meant_instead_of(name, table);
}

// All settings but texts and yes or no are numbers.
std::string invalid_value(const po::validation_error& error) {
  if (error.kind() != po::validation_error::invalid_option_value) return error.what();
  std::string text = error.what();  // the argument ('512MB') for option '...' is invalid
  const std::size_t begin = text.find("('");
  const std::size_t end = text.find("')");
  if (begin == std::string::npos || end == std::string::npos) return text;
  std::string name = error.get_option_name();
  name.erase(0, name.find_first_not_of('-'));
  const std::string value = text.substr(begin + 2, end - begin - 2);
  const bool is_fraction = value.find('.') != std::string::npos &&
                           value.find_first_not_of("0123456789.") == std::string::npos;
  return name + ": \"" + value +
         (is_fraction ? "\" is not a whole number"
                      : "\" is not a number; the unit is the one in the setting's name");
}

// What Boost has found wrong, in our words.
std::string described(const po::error& error, const po::options_description& table) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    return unknown_setting(*unknown, table);
  }
  if (const auto* invalid = dynamic_cast<const po::validation_error*>(&error)) {
    return invalid_value(*invalid);
  }
  return error.what();
}

// Whether a setting may be there several times: it is a list.
bool adds_up(const std::string& name, const po::options_description& table) {
  const auto semantic = table.find(name, false).semantic();
  const auto* const typed = dynamic_cast<const po::typed_value_base*>(semantic.get());
  return typed != nullptr && typed->value_type() == typeid(std::vector<std::string>);
}

// The settings of one line of the file: one, or none where the line is empty or a comment. Throws
// po::error.
std::vector<po::option> parse_line(const std::string& line, const po::options_description& table) {
  std::istringstream text(line);
  auto parsed = po::parse_config_file(text, table);
  const bool empty = line.substr(0, line.find('#')).find_first_not_of(" \t\r") == std::string::npos;
  if (parsed.options.empty() && !empty) throw po::error("not a setting: " + line);
  if (auto fine = refuse_negative(parsed); !fine) throw po::error(fine.error().text());
  po::variables_map values;
  po::store(parsed, values);  // checks the value
  return parsed.options;
}

// PYTHON_EXECUTOR_MEMORY_LIMIT_MB is memory-limit-mb.
std::string option_of(const std::string& variable) {
  if (!variable.starts_with(kEnvironmentPrefix)) return "";
  std::string name = variable.substr(std::string_view(kEnvironmentPrefix).size());
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
    return letter == '_' ? '-' : static_cast<char>(std::tolower(letter));
  });
  return name;
}

}  // namespace

std::string variable_of(const std::string& option) {
  std::string name = kEnvironmentPrefix + option;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
    return letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
  });
  return name;
}

namespace {

// For a variable of which `option` would be the setting.
std::string meant_variable(const std::string& option, const po::options_description& table) {
  const auto names = names_in(table);
  const std::string near = near_settings(option, names);
  const bool is_one = !near.empty() && near.find(' ') == std::string::npos;
  return is_one ? "; did you mean " + variable_of(near) + "?" : meant_instead_of(option, table);
}

}  // namespace

Result<void> read_command_line(int argc, const char* const* argv,
                               const po::options_description& table, po::variables_map& values,
                               Origins& origins) {
  constexpr int kWrittenOut =
      po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    const auto parsed = po::command_line_parser(argc, argv).options(table).style(kWrittenOut).run();
    if (auto fine = refuse_words(parsed); !fine) return fine;
    if (auto fine = refuse_negative(parsed); !fine) return fine;
    po::store(parsed, values);
    for (const po::option& option : parsed.options) {
      origins.try_emplace(option.string_key, "");
    }
  } catch (const po::error& error) {
    return failure(described(error, table));
  }
  return {};
}

Result<void> read_environment(const po::options_description& table, po::variables_map& values,
                              Origins& origins) {
  const auto parsed = po::parse_environment(table, option_of);
  for (const po::option& option : parsed.options) {
    const std::string variable = variable_of(option.string_key);
    if (table.find_nothrow(option.string_key, false) == nullptr) {
      return failure("unknown setting in the environment: " + variable +
                     meant_variable(option.string_key, table));
    }
    po::parsed_options one(&table);
    one.options.push_back(option);
    if (auto fine = refuse_negative(one); !fine) {
      return failure(variable + ": " + fine.error().text());
    }
    try {
      po::store(one, values);
    } catch (const po::error& error) {
      return failure(variable + ": " + described(error, table));
    }
    origins.try_emplace(option.string_key, variable);
  }
  return {};
}

// Line by line, because Boost does not say in which line an error is.
Result<void> read_file(const std::string& path, const po::options_description& table,
                       po::variables_map& values, Origins& origins) {
  std::ifstream file(path);
  if (!file) return os_failure("read the configuration file " + path);
  po::parsed_options parsed(&table);
  int number = 0;
  Origins lines;  // of this file
  for (std::string line; std::getline(file, line);) {
    const std::string place = path + ":" + std::to_string(++number);
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);  // a byte order mark
    try {
      for (po::option& option : parse_line(line, table)) {
        const auto [earlier, is_first] = lines.try_emplace(option.string_key, place);
        if (!is_first && !adds_up(option.string_key, table)) {
          return failure(place + ": " + option.string_key + " is set twice, first in " +
                         earlier->second);
        }
        origins.try_emplace(option.string_key, place);
        parsed.options.push_back(std::move(option));
      }
    } catch (const po::error& error) {
      return failure(place + ": " + described(error, table));
    }
  }
  if (file.bad()) return os_failure("read the configuration file " + path);
  try {
    po::store(parsed, values);
  } catch (const po::error& error) {
    return failure(path + ": " + described(error, table));
  }
  return {};
}

std::string with_origin(const std::string& text, const Origins& origins) {
  const auto origin = origins.find(text.substr(0, text.find_first_of(" :")));
  const bool elsewhere = origin != origins.end() && !origin->second.empty();
  return elsewhere ? origin->second + ": " + text : text;
}

}  // namespace executor
