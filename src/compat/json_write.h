// JSON text put together from JSON texts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace executor {

// An object of members in this order. Each value is JSON already; a member without one, "", is left
// out.
std::string json_object(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members);

// An array of values that are JSON already.
std::string json_array(const std::vector<std::string>& values);

}  // namespace executor
