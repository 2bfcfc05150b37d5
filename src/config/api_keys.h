// The file of API keys: who may send requests, by name. Keys never appear in an error or a log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace executor {

struct ApiKey {
  std::string client;  // the name, fit for a log
  std::string key;     // letters, digits and . _ ~ + / = -
};

// One "NAME KEY" a line; empty lines are ignored, and so is a word that begins with # with what
// follows it. A client may have several keys, a key has one client. A failure names `path` and the
// line, but never the key; a file without any key is a failure.
Result<std::vector<ApiKey>> parse_api_keys(std::string_view text, const std::string& path);

// The same of a file.
Result<std::vector<ApiKey>> read_api_keys(const std::string& path);

}  // namespace executor
