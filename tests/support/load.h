// Clients that keep a server busy with requests whose answers they know, and what came of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace executor::test {

// How one request was answered.
enum class Verdict {
  kRight,    // as it must be
  kRefused,  // 5xx with JSON that says why
  kDropped,  // not at all: the connection was refused or broke
  kWrong,    // anything else
};

struct Judged {
  Verdict verdict = Verdict::kWrong;
  std::string example;       // of what was not right
  std::string error_type{};  // of a refusal, nginx's included
};

class Load {
 public:
  // Sends one request and judges its answer; `number` is never given twice. Called by many threads,
  // but by only one at a time for each `client`. A boost::system::system_error is a dropped
  // connection.
  using Visit = std::function<Judged(int client, std::uint64_t number)>;

  struct Tally {
    std::uint64_t right = 0;
    std::uint64_t refused = 0;
    std::uint64_t dropped = 0;
    std::uint64_t wrong = 0;
    std::string example;                          // of what was wrong
    std::map<std::string, std::string> refusals;  // an example of each error_type
  };

  // Starts `clients` threads, each making one visit after the other.
  Load(int clients, Visit visit);
  // The same with a small script that returns the request's number, at that port.
  Load(std::uint16_t port, int clients);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  // How many right answers there were so far.
  [[nodiscard]] std::uint64_t right() const { return right_; }
  // Stops, waits for the answers under way, and returns the tally.
  Tally finish();

 private:
  void run(int client);
  void visit(int client, std::uint64_t number);

  Visit visit_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> right_{0};
  std::mutex mutex_;
  Tally tally_;
  std::vector<std::thread> threads_;
};

}  // namespace executor::test
