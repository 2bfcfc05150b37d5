// The fields besides the program and the timeout: one row for each says which dialect has it, what
// it must be, and how it is read.
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
// The field that carries the program of a dialect.
std::string_view carrier_of(Dialect dialect);

// Reads the field `name`, which has a row, into the request if the value is present; the refusal
// when that cannot be.
std::optional<Refusal> read_field(std::string_view name, FieldValue& value, RunRequest& request);
// The same for all of them, in the order of their table.
std::optional<Refusal> read_fields(RequestBody& body, RunRequest& request);

}  // namespace executor
