// Where settings come from: the command line, the environment, a file. Knows how they are written,
// not what they mean: the tables define that (config/setting_table.h).
#pragma once

#include <boost/program_options.hpp>
#include <map>
#include <string>

#include "base/result.h"

namespace executor {

// Where each setting that was given comes from, as messages name it: "PYTHON_EXECUTOR_WORKERS",
// "/etc/python-executor.conf:12", or "" for the command line, whose options the setting's name
// finds.
using Origins = std::map<std::string, std::string>;

// The environment's name of a setting: PYTHON_EXECUTOR_MEMORY_LIMIT_MB for memory-limit-mb.
std::string variable_of(const std::string& option);

// Each stores into `values` and `origins` what is not there yet, so that the first source wins. A
// failure names the setting and its origin, and for an unknown setting the known one that was
// probably meant. What the command line has besides settings may throw
// boost::program_options::error.
Result<void> read_command_line(int argc, const char* const* argv,
                               const boost::program_options::options_description& table,
                               boost::program_options::variables_map& values, Origins& origins);
Result<void> read_environment(const boost::program_options::options_description& table,
                              boost::program_options::variables_map& values, Origins& origins);
// A file of "name = value" lines.
Result<void> read_file(const std::string& path,
                       const boost::program_options::options_description& table,
                       boost::program_options::variables_map& values, Origins& origins);

// The text of a failure that begins with a setting's name, with its origin in front.
std::string with_origin(const std::string& text, const Origins& origins);

}  // namespace executor
