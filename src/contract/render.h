// Renders an outcome as the HTTP contract specifies. Pure: value in, status and body out.
#pragma once

#include <string>
#include <string_view>

#include "contract/outcome.h"

namespace executor {

struct Answer {
  int status = 500;
  std::string body;  // JSON, UTF-8, ends with a newline
};

// The answer to a run, or to a request that was refused. `outcome.out` and `outcome.err` must be
// valid UTF-8 and `outcome.result_json` valid JSON (see base/utf8.h and contract/json_check.h); so
// must `outcome.error`, which is not shown after kInternal: the answer only says "Internal error".
Answer render(Dialect dialect, const Outcome& outcome);

// The most bytes that an answer to such an outcome has.
std::size_t answer_size(const Outcome& outcome);

// {"error": "...", "error_type": "..."} for everything that is not an outcome: 404, 405 and the
// like.
Answer render_error(int status, std::string_view type, std::string_view error);

// `text`, which must be valid UTF-8, as a JSON string.
std::string render_text(std::string_view text);

// The 503 of /health. `raw_reason` may hold what the zygote said and need not be UTF-8.
Answer render_unhealthy(std::string_view raw_reason);

}  // namespace executor
