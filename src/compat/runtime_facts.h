// What a script finds and may ask for, as far as other protocols report it.
#pragma once

#include <string>
#include <vector>

#include "contract/request.h"

namespace executor {

struct Package {
  std::string name;
  std::string version;
};

struct RuntimeFacts {
  std::string python{};             // "3.11.2"; empty when it is not known
  std::vector<Package> packages{};  // installed distributions, by name
  RequestLimits limits{};           // as configured
};

}  // namespace executor
