// What a worker claims to be its result, against two other parsers: a grammar of our own and the
// JSON library's, which builds the value.
#include "contract/json_check.h"

#include <boost/json/parse.hpp>

#include "base/utf8.h"
#include "contract/json_parser.h"
#include "fuzz/property.h"
#include "fuzz/reference.h"

namespace executor {
namespace {

bool library_accepts(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxResultDepth;
  boost::system::error_code error;
  boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  return !error;
}

}  // namespace

void check_properties(std::string_view input) {
  const bool accepted = is_json(input);
  const auto expected =
      reference::check_json(input, {.max_depth = kMaxResultDepth, .raw_controls = false});
  must(expected == reference::Json::kEither || accepted == (expected == reference::Json::kYes),
       "JSON is what the grammar calls so");
  must(accepted == library_accepts(input), "JSON is what the library can build");
  if (!accepted) return;

  must(is_valid_utf8(input), "JSON is UTF-8");
  const std::string nested = "[" + std::string(input) + ",{\"a\":" + std::string(input) + "}]";
  must(parse_json<JsonEvents>(nested, kMaxResultDepth + 2), "a value can stand inside another");
  must(!is_json(std::string(input) + "]"), "nothing may follow a value");
}

}  // namespace executor
