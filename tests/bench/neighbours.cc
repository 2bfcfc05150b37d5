#include "neighbours.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <iostream>

#include "batches.h"
#include "idle.h"
#include "stats.h"

namespace executor::bench {
namespace {

Script hostile(std::string name, std::string source) {
  Script script;
  script.name = std::move(name);
  script.source = std::move(source);
  script.status = 500;
  script.timeout = 2;
  return script;
}

// The service has four slots at least, and a run that had to be ended holds its own until its last
// process is gone, while its client has the answer and sends the next: one such client leaves a
// slot free, two need not.
std::vector<Neighbourhood> all_neighbourhoods() {
  const Script& trivial = all_scripts().front();
  const Script bomb =
      hostile("fork bomb",
              "import os\ndef main():\n    while True:\n        try:\n            os.fork()\n"
              "        except OSError:\n            pass");
  const Script hog = hostile("memory hog",
                             "def main():\n    kept = []\n    while True:\n"
                             "        kept.append(bytearray(b'x') * (1 << 20))");
  const Script flood =
      hostile("output flood", "import os\ndef main():\n    while True: os.write(1, b'x' * 65536)");
  using Goal = Neighbourhood::Goal;
  return {{"no neighbour", trivial, 0, Goal::kNone, {}},
          {"saturation: " + std::to_string(kClients - 1) + " clients with the same script",
           trivial,
           kClients - 1,
           Goal::kNone,
           {}},
          {"a client with " + std::to_string(kRunsOfBatch) + " `runs` of it in each request",
           batch_script(),
           1,
           Goal::kSaturation,
           {}},
          {"a client with fork bombs", bomb, 1, Goal::kTimesQuiet, {}},
          {"a client with memory hogs", hog, 1, Goal::kTimesQuiet, {}},
          {"a client with output floods", flood, 1, Goal::kTimesQuiet, {}},
          {"two clients with fork bombs", bomb, 2, Goal::kNone, {}}};
}

// Clients that send one script over and over while the object lives.
class Crowd {
 public:
  Crowd(const Contender& service, const Neighbourhood& who) {
    for (int i = 0; i < who.clients; ++i) {
      running_.push_back(std::async(std::launch::async, [this, &service, &who] {
        const ClientPtr client = service.make_client(who.script);
        while (!stopping_) {
          client->run();
          client->finish();
        }
      }));
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() { stopping_ = true; }  // the futures wait

  // Waits for the answers under way; throws what one of them has thrown.
  void finish() {
    stopping_ = true;
    for (std::future<void>& one : running_) one.get();
    running_.clear();
  }

 private:
  std::atomic<bool> stopping_{false};
  std::vector<std::future<void>> running_;
};

void measure(const Contender& service, Neighbourhood& who, const Effort& effort) {
  wait_until_idle();
  Crowd crowd(service, who);
  const std::vector<double> latency = measure_latency(service, all_scripts().front(), effort);
  crowd.finish();
  who.seen.push_back({percentile(latency, 0.5), percentile(latency, 0.99), 0});
}

}  // namespace

std::vector<Neighbourhood> measure_neighbours(const Contender& service, int rounds,
                                              const Effort& effort) {
  std::vector<Neighbourhood> all = all_neighbourhoods();
  for (int round = 0; round < rounds; ++round) {
    std::cerr << "neighbours, round " << round + 1 << " of " << rounds << '\n';
    for (std::size_t i = 0; i < all.size(); ++i) {
      measure(service, all[(i + std::size_t(round)) % all.size()], effort);
    }
  }
  return all;
}

}  // namespace executor::bench
