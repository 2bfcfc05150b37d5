// What the running service's scripts find, found out by running a script: nothing else knows what
// the sandbox shows of the machine.
#pragma once

#include <mutex>
#include <optional>

#include "base/deadline.h"
#include "compat/runtime_facts.h"
#include "execution/service.h"

namespace executor {

class Facts {
 public:
  explicit Facts(Service& service) : service_(service) {}

  // Runs a script the first time, which takes a moment and a slot. Empty, for a few seconds, when
  // no slot was free. May be called by any thread.
  RuntimeFacts get();
  // After a new configuration: the next get() asks again.
  void forget();

 private:
  Service& service_;
  std::mutex mutex_;
  RuntimeFacts facts_;
  std::optional<Deadline> fresh_;  // until when they are not asked for again; none: ask
};

}  // namespace executor
