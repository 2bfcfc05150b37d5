#include "config/clients_table.h"

#include <algorithm>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "compat/adapter.h"

namespace executor {
namespace {

// What commas and blanks separate in each of the texts.
std::vector<std::string> split(const std::vector<std::string>& texts) {
  constexpr const char* kSeparators = ", \t";
  std::vector<std::string> parts;
  for (std::string_view text : texts) {
    for (std::size_t begin = 0; (begin = text.find_first_not_of(kSeparators)) != text.npos;) {
      text.remove_prefix(begin);
      const std::size_t end = std::min(text.find_first_of(kSeparators), text.size());
      parts.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
  return parts;
}

// https://fetch.spec.whatwg.org/#origin-header: no path, no slash at the end, the host in small
// letters.
Result<void> check_origins(const char* setting, std::vector<std::string>& origins) {
  static const std::regex kOrigin(
      R"([a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?)");
  origins = split(origins);
  for (const std::string& origin : origins) {
    if (std::regex_match(origin, kOrigin)) continue;
    return failure(std::string(setting) + " must be origins like https://app.example, not \"" +
                   origin + "\"");
  }
  return {};
}

// Those of the adapters: "dify, piston".
std::string names() {
  std::string text;
  for (const Adapter& adapter : adapters()) {
    text.append(text.empty() ? "" : ", ").append(adapter.name);
  }
  return text;
}

}  // namespace

SettingTable clients_table(ClientOptions& clients) {
  SettingTable table("Clients");
  table.yes_or_no("mcp", clients.mcp, "on",
                  "whether agents are served at /mcp (Model Context Protocol)");
  table.list("mcp-origins", clients.origins,
             "origins of pages that may speak to /mcp, besides those of this machine; may be given "
             "several times");
  table.list("cors-origins", clients.cors_origins,
             "origins whose pages may use the service in browsers (CORS), like "
             "https://app.example; may be given several times");
  table.list("compat", clients.adapters,
             "clients of other sandboxes that are served below /compat/NAME: any of " + names() +
                 "; may be given several times");
  return table;
}

Result<void> check_clients(ClientOptions& clients) {
  clients.adapters = split(clients.adapters);
  for (const std::string& name : clients.adapters) {
    const auto is_it = [&name](const Adapter& adapter) { return adapter.name == name; };
    if (std::any_of(adapters().begin(), adapters().end(), is_it)) continue;
    return failure("compat has no \"" + name + "\", only " + names());
  }
  if (auto fine = check_origins("cors-origins", clients.cors_origins); !fine) return fine;
  return check_origins("mcp-origins", clients.origins);
}

}  // namespace executor
