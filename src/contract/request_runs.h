// Several runs of one program: the field `runs`.
#pragma once

#include <optional>

#include "contract/request.h"
#include "contract/request_body.h"

namespace executor {

// Reads the value of `runs`, if it is present, into a request whose dialect is known; the refusal
// when that cannot be.
std::optional<Refusal> read_runs(const FieldValue& value, RunRequest& request);

}  // namespace executor
