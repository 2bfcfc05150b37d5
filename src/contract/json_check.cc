#include "contract/json_check.h"

#include "contract/json_parser.h"

namespace executor {

bool is_json(std::string_view text) {
  return parse_json<JsonEvents>(text, kMaxResultDepth);
}

}  // namespace executor
