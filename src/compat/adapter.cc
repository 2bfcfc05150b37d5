#include "compat/adapter.h"

#include <algorithm>
#include <array>

#include "compat/adapters.h"

namespace executor {
namespace {

const std::array kAdapters = {
    Adapter{"dify", dify_endpoints()},       Adapter{"librechat", librechat_endpoints()},
    Adapter{"piston", piston_endpoints()},   Adapter{"sandboxfusion", sandboxfusion_endpoints()},
    Adapter{"ragflow", ragflow_endpoints()}, Adapter{"fastgpt", fastgpt_endpoints()},
    Adapter{"onyx", onyx_endpoints()}};

constexpr std::string_view kRoot = "/compat/";

}  // namespace

std::span<const Adapter> adapters() {
  return kAdapters;
}

Translation say_ok(const JsonMembers& /*body*/, const RuntimeFacts& /*facts*/) {
  return {.call = {}, .answer = {200, "{\"status\": \"ok\"}\n"}, .patience = {}};
}

const Endpoint* find_endpoint(std::string_view path, std::string_view method,
                              std::span<const std::string> on) {
  const std::size_t at = path.find(kRoot);
  if (at == std::string_view::npos) return nullptr;
  path.remove_prefix(at + kRoot.size());
  const std::string_view name = path.substr(0, path.find('/'));
  path.remove_prefix(name.size());
  if (std::find(on.begin(), on.end(), name) == on.end()) return nullptr;
  const Endpoint* found = nullptr;
  for (const Adapter& adapter : kAdapters) {
    if (adapter.name != name) continue;
    for (const Endpoint& endpoint : adapter.endpoints) {
      if (endpoint.path != path) continue;
      if (found == nullptr || endpoint.method == method) found = &endpoint;
    }
  }
  return found;
}

}  // namespace executor
