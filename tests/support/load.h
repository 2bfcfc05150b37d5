// Clients that keep a server busy with scripts whose results they know, and what came of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace executor::test {

class Load {
 public:
  struct Tally {
    std::uint64_t right = 0;    // 200 with the result of this very script
    std::uint64_t refused = 0;  // 5xx with JSON that says why
    std::uint64_t dropped = 0;  // no answer: the connection was refused or broke
    std::uint64_t wrong = 0;    // anything else
    std::string example;        // of what was wrong
  };

  // Starts `clients` threads, each sending one request after the other.
  Load(std::uint16_t port, int clients);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  // How many right answers there were so far.
  [[nodiscard]] std::uint64_t right() const { return right_; }
  // Stops, waits for the answers under way, and tells what there was.
  Tally finish();

 private:
  void run(int client);
  void request(std::uint64_t number);

  std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> right_{0};
  std::mutex mutex_;
  Tally tally_;
  std::vector<std::thread> threads_;
};

}  // namespace executor::test
