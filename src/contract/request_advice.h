// What the sender of a refused request needs besides the contract's `error`: which cause it was,
// where, and what to do. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/request_body.h"

namespace executor {

// Why the content type is not accepted as JSON.
std::string explain_content_type(std::string_view content_type);
// Why a body is not JSON that was sent with this Content-Encoding, "" when there was none. A byte
// order mark is not in it any more.
std::string explain_not_json(std::string_view body, std::string_view content_encoding);

// What to do when neither field carries a program.
std::string hint_of_missing_program(const RequestBody& body);

// The warnings of the body's unknown names: "unknown field 'stdn' is ignored; did you mean
// 'stdin'?".
std::vector<std::string> warnings_of(const RequestBody& body);
// The same of a name that one of several runs has and may not have. `is_code`: it is a run of a
// program.
std::string warning_of_a_run(std::string_view name, bool is_code);

}  // namespace executor
