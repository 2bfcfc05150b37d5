// The answer to a request with several runs: it is written while they run, in their order.
//
//   {"runs": [{"status": 200, ...}, ...]}
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "front/fastcgi.h"

namespace executor {

// May be used by any thread.
class RunsAnswer {
 public:
  // `connection` is the reply's; it is shut down when its reader takes nothing for seconds.
  RunsAnswer(Reply& reply, int connection, std::size_t runs)
      : reply_(reply), connection_(connection), parts_(runs) {}

  // The answer that the run would have got alone. `memory` counts it until it has been sent. The
  // headers of the first run's are those of the whole.
  void put(std::size_t index, Response response, HeldMemory memory);
  // Sends a blank, which is not part of the answer, for proxies and clients that time out on
  // silence.
  void keep_alive();
  // Ends it, once all have been put. `warnings` are about the request as a whole.
  void finish(const std::vector<std::string>& warnings);

 private:
  struct Part {
    Response response;
    HeldMemory memory;
  };
  void send(const Part& part);
  void give(std::string_view text);

  Reply& reply_;
  const int connection_;
  std::mutex mutex_;
  std::vector<std::optional<Part>> parts_;
  std::size_t next_ = 0;  // the first that has not been sent
  bool given_up_ = false;
};

}  // namespace executor
