#include "config/sources.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

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

std::string variable_of(const std::string& option) {
  std::string name = kEnvironmentPrefix + option;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
    return letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
  });
  return name;
}

}  // namespace

Result<void> read_command_line(int argc, const char* const* argv,
                               const po::options_description& table, po::variables_map& values) {
  constexpr int kWrittenOut =
      po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  const auto parsed =
      po::command_line_parser(argc, argv).options(table).positional({}).style(kWrittenOut).run();
  if (auto fine = refuse_negative(parsed); !fine) return fine;
  po::store(parsed, values);
  return {};
}

Result<void> read_environment(const po::options_description& table, po::variables_map& values) {
  const auto parsed = po::parse_environment(table, option_of);
  for (const po::option& option : parsed.options) {
    if (table.find_nothrow(option.string_key, false) == nullptr) {
      return failure("unknown setting in the environment: " + variable_of(option.string_key));
    }
  }
  if (auto fine = refuse_negative(parsed); !fine) return fine;
  po::store(parsed, values);
  return {};
}

// Line by line, because Boost does not say in which line an error is.
Result<void> read_file(const std::string& path, const po::options_description& table,
                       po::variables_map& values) {
  std::ifstream file(path);
  if (!file) return os_failure("read the configuration file " + path);
  po::parsed_options parsed(&table);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    try {
      for (po::option& option : parse_line(line, table)) parsed.options.push_back(option);
    } catch (const po::error& error) {
      return failure(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  if (file.bad()) return os_failure("read the configuration file " + path);
  try {
    po::store(parsed, values);
  } catch (const po::error& error) {
    return failure(path + ": " + error.what());
  }
  return {};
}

}  // namespace executor
