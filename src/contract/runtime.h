// GET /runtime: what a script finds, and what a request may ask for. Pure: values in, body out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/request.h"

namespace executor {

// The job that looks around in a sandbox, like any other job: it sees what a run sees and no more.
Job runtime_job();

struct RuntimeView {
  std::string version;  // of the service
  std::string_view tier;
  std::optional<bool> landlock;        // whether the kernel has it, in the tier that uses it
  std::string found;                   // what the job has returned, JSON text of an object
  std::vector<std::string> preloaded;  // modules
  std::vector<std::string> starting;   // preload sets whose jobs wait until they are ready
  RequestLimits limits;
};

// The body, JSON. Empty when `found` is no object.
std::string render_runtime(const RuntimeView& facts);

}  // namespace executor
