// The fields of a request: one row for each says which dialect has it, what it must be, and how it
// is read. The rows of the program, the timeout, the limits and the runs have no more than a name:
// they are read in contract/request.cc and contract/request_runs.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "contract/request.h"
#include "contract/request_body.h"

namespace executor {

// Of argv, env and files: more would cost memory beyond their bytes.
inline constexpr std::size_t kMaxEntries = 4096;

// The name in quotation marks, as refusals show it.
std::string quoted(std::string_view name);

// Reads the field `name`, whose row says how, into the request if the value is present; the refusal
// when that cannot be.
std::optional<Refusal> read_field(std::string_view name, FieldValue& value, RunRequest& request);
// The same for all of them, in the order of their table.
std::optional<Refusal> read_fields(RequestBody& body, RunRequest& request);

}  // namespace executor
