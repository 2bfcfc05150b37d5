#include "stages.h"

#include <boost/json.hpp>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <thread>

#include "base/deadline.h"
#include "fastcgi_client.h"
#include "measure.h"
#include "stats.h"

namespace executor::bench {
namespace {

// The script says when it runs, on the clock that all processes of a machine share.
Script trace_script() {
  Script script;
  script.name = "trace";
  script.source = "import time\nprint(time.monotonic_ns())";
  script.field = "code";
  return script;
}

// Milliseconds, of one request each.
struct Samples {
  std::vector<double> http, fastcgi, connect, queue, worker, hand_over, run, answer, other,
      until_script;
};

struct ServerTiming {
  double queue = 0, start = 0, run = 0;  // milliseconds
};

ServerTiming timing_of(const std::string& answer) {
  ServerTiming timing;
  const std::size_t at = answer.find("Server-Timing: ");
  if (at == std::string::npos ||
      std::sscanf(answer.c_str() + at, "Server-Timing: queue;dur=%lf, start;dur=%lf, run;dur=%lf",
                  &timing.queue, &timing.start, &timing.run) != 3) {
    throw std::runtime_error("no Server-Timing in " + answer);
  }
  return timing;
}

void add(Samples& samples, const Trip& trip) {
  const auto body = boost::json::parse(trip.answer.substr(trip.answer.find("\r\n\r\n") + 4));
  const ServerTiming timing = timing_of(trip.answer);
  const double run = body.at("execution_time").as_double() * 1000;
  const Clock::time_point script{
      std::chrono::nanoseconds(std::stoll(std::string(body.at("output").as_string())))};
  const double whole = milliseconds(trip.ended - trip.begun);
  const double connect = milliseconds(trip.connected - trip.begun);
  const double answer = milliseconds(trip.ended - trip.first);
  samples.fastcgi.push_back(whole);
  samples.connect.push_back(connect);
  samples.queue.push_back(timing.queue);
  samples.worker.push_back(timing.start);
  samples.hand_over.push_back(timing.run - run);
  samples.run.push_back(run);
  samples.answer.push_back(answer);
  samples.other.push_back(whole - connect - answer - timing.queue - timing.start - timing.run);
  samples.until_script.push_back(milliseconds(script - trip.begun));
}

void pause(std::minstd_rand& random) {
  std::uniform_int_distribution<int> span_us(std::chrono::microseconds(kMinPause).count(),
                                             std::chrono::microseconds(kMaxPause).count());
  std::this_thread::sleep_for(std::chrono::microseconds(span_us(random)));
}

Samples sample(const Contender& service, const std::string& socket, int requests) {
  const Script script = trace_script();
  const std::string body = script.request_body();
  const ClientPtr client = service.make_client(script);
  client->run();  // makes the connection
  Samples samples;
  std::minstd_rand random;
  for (int i = 0; i < requests; ++i) {
    pause(random);
    const Clock::time_point begun = Clock::now();
    client->run();
    samples.http.push_back(milliseconds(Clock::now() - begun));
    client->finish();
    pause(random);
    add(samples, make_trip(socket, body));
  }
  return samples;
}

}  // namespace

std::vector<Stage> measure_stages(const Contender& service, const std::string& socket,
                                  int requests) {
  const Samples samples = sample(service, socket, requests);
  const double http = median(samples.http);
  const double fastcgi = median(samples.fastcgi);
  return {
      {"nginx, and the client's connection to it", "the whole through nginx less the whole without",
       http - fastcgi},
      {"FastCGI: connection", "client's clock", median(samples.connect)},
      {"FastCGI: request read and parsed, answer rendered, both wake-ups",
       "the whole without nginx less all other parts", median(samples.other)},
      {"queue: a free slot", "Server-Timing `queue`", median(samples.queue)},
      {"a ready worker is taken", "Server-Timing `start`", median(samples.worker)},
      {"hand-over of the script, end of its output", "Server-Timing `run` less the next",
       median(samples.hand_over)},
      {"run: compiled, executed, result back", "`execution_time`", median(samples.run)},
      {"answer: first to last byte", "client's clock", median(samples.answer)},
      {"the whole without nginx", "client's clock", fastcgi},
      {"of it until the script executes", "the script's clock", median(samples.until_script)},
      {"the whole through nginx", "client's clock", http},
  };
}

}  // namespace executor::bench
