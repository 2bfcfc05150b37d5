#include "measure.h"

#include <future>
#include <random>
#include <thread>

#include "base/deadline.h"

namespace executor::bench {
namespace {

double run_once(Client& client, const Script& script) {
  const Clock::time_point start = Clock::now();
  const std::string answer = client.run();
  const double took = milliseconds(Clock::now() - start);
  client.finish();
  script.check(answer);
  return took;
}

int run_until(Client& client, const Script& script, Deadline deadline) {
  int runs = 0;
  for (; !deadline.passed(); ++runs) run_once(client, script);
  return runs;
}

}  // namespace

std::vector<double> measure_latency(const Contender& contender, const Script& script,
                                    const Effort& effort) {
  const ClientPtr client = contender.make_client(script);
  std::minstd_rand random;
  std::uniform_int_distribution<int> pause_us(std::chrono::microseconds(kMinPause).count(),
                                              std::chrono::microseconds(kMaxPause).count());
  const Deadline deadline = Deadline::after(effort.latency_time);
  const auto wanted = static_cast<std::size_t>(effort.latency_requests);

  run_once(*client, script);  // makes the connection
  std::vector<double> samples;
  while (samples.size() < wanted && (!deadline.passed() || samples.size() < kMinLatencyRequests)) {
    std::this_thread::sleep_for(std::chrono::microseconds(pause_us(random)));
    samples.push_back(run_once(*client, script));
  }
  return samples;
}

double measure_throughput(const Contender& contender, const Script& script, const Effort& effort) {
  std::vector<ClientPtr> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(contender.make_client(script));

  const Clock::time_point start = Clock::now();
  const Deadline deadline = Deadline::after(effort.throughput_time);
  std::vector<std::future<int>> running;
  for (const ClientPtr& client : clients) {
    running.push_back(std::async(std::launch::async, [&client, &script, deadline] {
      return run_until(*client, script, deadline);
    }));
  }
  int runs = 0;
  for (std::future<int>& one : running) runs += one.get();
  return runs / seconds(Clock::now() - start);
}

}  // namespace executor::bench
