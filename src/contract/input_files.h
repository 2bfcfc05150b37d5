// The files that a request brings along: that their paths stay below a directory, and fit together.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "contract/request_body.h"
#include "wire/job.h"

namespace executor {

// Why a run's file may not have this path, or "".
std::string_view path_fault(std::string_view path);

// `members` are `files` as in the body. The failure says which member is wrong and why, for the
// client only.
boost::system::result<std::vector<InputFile>, std::string> input_files(
    std::vector<TextMember> members);

}  // namespace executor
