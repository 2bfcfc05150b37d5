// The adapters: one file each, which says whose interface it is.
#pragma once

#include <span>

#include "compat/adapter.h"

namespace executor {

std::span<const Endpoint> dify_endpoints();
std::span<const Endpoint> librechat_endpoints();
std::span<const Endpoint> piston_endpoints();
std::span<const Endpoint> sandboxfusion_endpoints();
std::span<const Endpoint> ragflow_endpoints();
std::span<const Endpoint> fastgpt_endpoints();
std::span<const Endpoint> onyx_endpoints();

}  // namespace executor
