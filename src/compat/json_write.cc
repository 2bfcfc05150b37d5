#include "compat/json_write.h"

namespace executor {

std::string json_object(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    if (json.size() > 1) json += ", ";
    json.append("\"").append(name).append("\": ").append(value);
  }
  return json + "}";
}

std::string json_array(const std::vector<std::string>& values) {
  std::string json = "[";
  for (const std::string& value : values) {
    if (json.size() > 1) json += ", ";
    json += value;
  }
  return json + "]";
}

}  // namespace executor
