#include "contract/json_check.h"

#include "contract/json_parser.h"

namespace executor {

bool is_json(std::string_view text, std::size_t max_depth) {
  return parse_json<JsonEvents>(text, max_depth);
}

}  // namespace executor
