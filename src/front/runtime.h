// GET /runtime: determined once for each configuration, and kept.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "contract/request.h"
#include "execution/service.h"

namespace executor {

class Runtime {
 public:
  // The service outlives the object.
  explicit Runtime(Service& service) : service_(service) {}

  // The body; `version` is that of the program. Empty while it is not available: there is no
  // capacity for the run, or another thread runs it. Waits for at most one short run.
  [[nodiscard]] std::string body(const RequestLimits& limits, const std::string& version);
  // Call when the last body may no longer be true.
  void forget();

 private:
  [[nodiscard]] std::string look(const RequestLimits& limits, const std::string& version,
                                 const std::vector<std::string>& starting) const;

  Service& service_;
  std::mutex looking_;                    // held for as long as a run takes
  std::mutex mutex_;                      // held for what follows
  std::weak_ptr<const Generation> seen_;  // what body_ is of
  std::string body_;
  std::vector<std::string> starting_;  // the sets that were starting then
};

}  // namespace executor
