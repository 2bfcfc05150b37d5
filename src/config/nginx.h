// What nginx and the pages must know of the settings: the files that nginx's snippets include, and
// the numbers in the description of the API. Made from the settings, so that no number is written
// twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/api_keys.h"
#include "config/config.h"

namespace executor {

struct GeneratedFile {
  std::string name;
  std::string text;
};

// The files of the directory settings/, which the snippets in nginx/python-executor include. `keys`
// is empty where no request needs a key.
std::vector<GeneratedFile> nginx_files(const Config& config, const std::vector<ApiKey>& keys);

// Makes the directory if it is not there, reads the keys that the configuration names, and replaces
// the files. They may hold keys: only their owner and group can read them. After a failure the
// files that were not reached are unchanged.
Result<void> write_nginx_files(const Config& config, const std::string& directory);

// The description of the API, JSON, with each "@NAME@" and @NAME@ replaced by what is set.
std::string fill_openapi(std::string text, const Config& config);
// The same of a file.
Result<std::string> read_openapi(const Config& config, const std::string& path);

}  // namespace executor
