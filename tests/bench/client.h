// One client of one contender, bound to one script. Each thread of the bench has its own.
#pragma once

#include <memory>
#include <string>

namespace executor::bench {

struct Script;

class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  // Runs the script once and returns the answer (JSON) as soon as it is complete: what the bench
  // times. Throws std::runtime_error when the contender fails.
  virtual std::string run() = 0;

  // What follows an answer and is not part of it: hanging up, reaping. Called after each run().
  virtual void finish() {}
};

using ClientPtr = std::unique_ptr<Client>;

}  // namespace executor::bench
