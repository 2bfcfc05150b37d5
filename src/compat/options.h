// Which clients of other protocols are served: what the configuration fills in.
#pragma once

#include <string>
#include <vector>

namespace executor {

struct ClientOptions {
  bool mcp = true;
  // Origins of pages that may speak MCP, besides those of this machine: "https://app.example".
  std::vector<std::string> origins{};
  // Origins of pages that may use the service from a browser, /mcp included.
  std::vector<std::string> cors_origins{};
  // Names of the adapters that are on: "dify".
  std::vector<std::string> adapters{};
};

}  // namespace executor
