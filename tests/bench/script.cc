#include "script.h"

#include <boost/json.hpp>
#include <stdexcept>

namespace executor::bench {

namespace json = boost::json;

std::string Script::request_body() const {
  json::object body = more.empty() ? json::object() : json::parse(more).as_object();
  body[field] = source;
  if (timeout > 0) body["timeout"] = timeout;
  return json::serialize(body);
}

void Script::check(std::string_view answer) const {
  boost::system::error_code broken;
  const json::value parsed = json::parse(answer, broken);
  const json::object* object = broken ? nullptr : parsed.if_object();
  const json::value* result = object ? object->if_contains("result") : nullptr;
  const json::value* back = object ? object->if_contains("files") : nullptr;
  const std::size_t count = back && back->is_object() ? back->get_object().size() : 0;
  if (!result || *result != json::parse(expected) || count != static_cast<std::size_t>(files)) {
    throw std::runtime_error("wrong answer to the " + name +
                             " script: " + std::string(answer.substr(0, 1000)));
  }
}

const std::vector<Script>& all_scripts() {
  // The pandas script must not be the one that the service warms its workers with (config.cc).
  static const std::vector<Script> kScripts = {
      {"trivial", "def main():\n    return 42\n", "42"},
      {"pandas",
       R"(import pandas as pd
import numpy as np

def main():
    df = pd.DataFrame({"A": [1, 2, 3], "B": [4, 5, 6]})
    return {
        "shape": df.shape,
        "sum": df.sum().to_dict(),
        "mean": df.mean().to_dict()
    }
)",
       R"({"shape": [3, 2], "sum": {"A": 6, "B": 15}, "mean": {"A": 2.0, "B": 5.0}})"},
  };
  return kScripts;
}

}  // namespace executor::bench
