#include "batches.h"

#include <boost/json.hpp>
#include <iostream>
#include <stdexcept>

#include "base/deadline.h"
#include "idle.h"
#include "measure.h"

namespace executor::bench {
namespace {

void check(const std::string& answer) {
  const auto runs = boost::json::parse(answer).at("runs").as_array();
  if (runs.size() != std::size_t(kRunsOfBatch)) throw std::runtime_error("runs are missing");
  const Script& trivial = all_scripts().front();
  for (const auto& run : runs) trivial.check(boost::json::serialize(run));
}

double time_of(Client& client, int requests, std::string& answer) {
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < requests; ++i) {
    answer = client.run();
    client.finish();
  }
  return milliseconds(Clock::now() - start);
}

double time_of_own_connections(const Contender& service, int requests) {
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < requests; ++i) {
    const ClientPtr client = service.make_client(all_scripts().front());
    all_scripts().front().check(client->run());
    client->finish();
  }
  return milliseconds(Clock::now() - start);
}

}  // namespace

Script batch_script() {
  Script script = all_scripts().front();
  const boost::json::array runs(kRunsOfBatch, boost::json::object());
  script.more = boost::json::serialize(boost::json::object{{"runs", runs}});
  return script;
}

BatchCosts measure_batches(const Contender& service, int repetitions) {
  const ClientPtr single = service.make_client(all_scripts().front());
  const ClientPtr batch = service.make_client(batch_script());
  BatchCosts costs;
  std::string answer;
  std::cerr << "batches\n";
  for (int i = 0; i < repetitions; ++i) {
    wait_until_idle();
    costs.single_requests.push_back(time_of(*single, kRunsOfBatch, answer));
    all_scripts().front().check(answer);
    wait_until_idle();
    costs.own_connections.push_back(time_of_own_connections(service, kRunsOfBatch));
    wait_until_idle();
    costs.one_request.push_back(time_of(*batch, 1, answer));
    check(answer);
  }
  return costs;
}

}  // namespace executor::bench
