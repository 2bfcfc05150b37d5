// Where settings come from: the command line, the environment, a file. Knows how they are written,
// not what they mean: that is the table's, which config.cc makes.
#pragma once

#include <boost/program_options.hpp>
#include <string>

#include "base/result.h"

namespace executor {

// Each stores into `values` what is not there yet, so that the first source wins. Unknown settings
// are failures that name them; what else is wrong is thrown as boost::program_options::error.
Result<void> read_command_line(int argc, const char* const* argv,
                               const boost::program_options::options_description& table,
                               boost::program_options::variables_map& values);
Result<void> read_environment(const boost::program_options::options_description& table,
                              boost::program_options::variables_map& values);
// A file of "name = value" lines. A failure names the file and the line.
Result<void> read_file(const std::string& path,
                       const boost::program_options::options_description& table,
                       boost::program_options::variables_map& values);

}  // namespace executor
