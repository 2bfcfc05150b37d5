// A request's body as JSON, for those who read it by other means than contract/request_body.h.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "contract/request.h"

namespace executor {

inline constexpr std::string_view kNotJson = "Request must be JSON";

std::string_view without_byte_order_mark(std::string_view body);

// What POST /execute accepts besides strict JSON is gone: a byte order mark, and raw newlines, tabs
// and carriage returns inside strings. Blanks in front are gone too.
class JsonBody {
 public:
  // `body` outlives this.
  explicit JsonBody(std::string_view body);
  [[nodiscard]] std::string_view text() const { return escaped_ ? *escaped_ : body_; }

 private:
  std::string_view body_;
  std::optional<std::string> escaped_;
};

// The refusal's detail says why it is none: "line 1, column 257: ...". `content_encoding` is the
// header's value as sent, "" when absent.
boost::system::result<JsonBody, Refusal> read_json(std::string_view body,
                                                   std::string_view content_encoding);

}  // namespace executor
