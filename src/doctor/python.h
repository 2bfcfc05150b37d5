// Whether Python has the modules that are to be preloaded.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "doctor/finding.h"

namespace executor {

struct PythonFacts {
  std::string error;    // why it could not be asked; empty: it could
  std::string version;  // "3.11.2"
  int threads = 0;      // after all imports
  std::vector<std::pair<std::string, std::string>> modules;  // name, version ("" without one)
  std::vector<std::pair<std::string, std::string>> missing;  // name, error
};

// Imports `modules` in an interpreter of its own, `path` in front of sys.path.
PythonFacts survey_python(const std::string& python, const std::vector<std::string>& path,
                          const std::vector<std::string>& modules);
Section judge_python(const PythonFacts& facts);

}  // namespace executor
