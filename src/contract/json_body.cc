#include "contract/json_body.h"

#include <algorithm>

#include "contract/json_check.h"
#include "contract/raw_controls.h"
#include "contract/request_advice.h"
#include "contract/request_body.h"

namespace executor {
namespace {

std::string_view without_blanks_in_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  return body.starts_with(kByteOrderMark) ? body.substr(kByteOrderMark.size()) : body;
}

JsonBody::JsonBody(std::string_view body)
    : body_(without_blanks_in_front(without_byte_order_mark(body))),
      escaped_(escape_raw_controls(body_)) {}

boost::system::result<JsonBody, Refusal> read_json(std::string_view body,
                                                   std::string_view content_encoding) {
  JsonBody json(body);
  if (is_json(json.text(), kMaxRequestDepth)) return json;
  return Refusal{
      std::string(kNotJson), explain_not_json(without_byte_order_mark(body), content_encoding), {}};
}

}  // namespace executor
