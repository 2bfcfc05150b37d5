#include "telemetry/metrics.h"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

std::string text_after(const std::function<void(Metrics&)>& act, const ServiceState& state = {}) {
  Metrics metrics("1.2.3");
  act(metrics);
  return metrics.text(state);
}

// Whether there is a line of exactly this text.
bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(metrics_test)

BOOST_AUTO_TEST_CASE(every_counter_is_there_before_anything_has_happened) {
  const std::string text = text_after([](Metrics&) {});
  BOOST_TEST(has(text, R"(python_executor_build_info{version="1.2.3"} 1)"));
  BOOST_TEST(has(text, R"(python_executor_runs_total{dialect="code",outcome="timeout"} 0)"));
  BOOST_TEST(has(text, R"(python_executor_refusals_total{reason="overloaded"} 0)"));
  BOOST_TEST(has(text, R"(python_executor_cancellations_total{stage="queue"} 0)"));
  BOOST_TEST(has(text, "python_executor_queue_seconds_count 0"));
}

BOOST_AUTO_TEST_CASE(a_run_counts_by_dialect_and_outcome_with_its_times) {
  const std::string text = text_after([](Metrics& metrics) {
    metrics.count_run(Dialect::kFunction, Ending::kReturned, Evidence::kClaim,
                      {0.002, 0.0002, 0.3});
    metrics.count_run(Dialect::kFunction, Ending::kException, Evidence::kClaim,
                      {0.002, 0.0002, 0.3});
    metrics.count_cpu(0.5);
    metrics.count_cpu(0.25);
  });
  BOOST_TEST(has(text, R"(python_executor_runs_total{dialect="script",outcome="returned"} 1)"));
  BOOST_TEST(has(text, R"(python_executor_runs_total{dialect="script",outcome="exception"} 1)"));
  BOOST_TEST(has(text, R"(python_executor_run_evidence_total{evidence="claim"} 2)"));
  BOOST_TEST(has(text, R"(python_executor_run_evidence_total{evidence="machine_memory"} 0)"));
  BOOST_TEST(has(text, "python_executor_run_cpu_seconds_total 0.75"));
  BOOST_TEST(has(text, R"(python_executor_queue_seconds_bucket{le="0.001"} 0)"));
  BOOST_TEST(has(text, R"(python_executor_queue_seconds_bucket{le="0.005"} 2)"));
  BOOST_TEST(has(text, R"(python_executor_start_seconds_bucket{le="0.00025"} 2)"));
  BOOST_TEST(has(text, R"(python_executor_run_seconds_sum{dialect="script"} 0.6)"));
  BOOST_TEST(has(text, R"(python_executor_run_seconds_count{dialect="code"} 0)"));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_counts_where_it_did) {
  const std::string text = text_after([](Metrics& metrics) {
    metrics.count_run(Dialect::kProgram, Ending::kCancelled, Evidence::kClient, {});
    metrics.count_unserved(Ending::kCancelled, 1);
    metrics.count_unserved(Ending::kCancelled, 1);
  });
  BOOST_TEST(has(text, R"(python_executor_cancellations_total{stage="run"} 1)"));
  BOOST_TEST(has(text, R"(python_executor_cancellations_total{stage="queue"} 2)"));
  BOOST_TEST(has(text, R"(python_executor_refusals_total{reason="overloaded"} 0)"));
}

BOOST_AUTO_TEST_CASE(a_refusal_counts_by_its_reason) {
  const std::string text = text_after([](Metrics& metrics) {
    metrics.count_unserved(Ending::kOverloaded, 10);
    metrics.count_unserved(Ending::kShuttingDown, 0);
    metrics.count_refusal(RefusalReason::kBadRequest);
    metrics.count_refusal(RefusalReason::kWrongMethod);
    metrics.count_refusal(RefusalReason::kBodyTooLarge);
    metrics.count_refusal(RefusalReason::kInternal);
  });
  for (const char* reason : {"overloaded", "shutting_down", "bad_request", "wrong_method",
                             "body_too_large", "internal"}) {
    BOOST_TEST(
        has(text, std::string("python_executor_refusals_total{reason=\"") + reason + "\"} 1"));
  }
  BOOST_TEST(has(text, "python_executor_queue_seconds_count 2"));
}

BOOST_AUTO_TEST_CASE(the_state_is_reported_for_each_set) {
  ServiceState state{8, 3, 2, {}};
  SetState set;
  set.name = "light";
  set.python = "3.11.2";
  set.tier = "full";
  set.ready = 4;
  set.busy = 3;
  set.attested = true;
  set.attested_seconds_ago = 12;
  set.zygotes = 3;
  set.zygote_starts = 2;
  set.zygote_losses = 1;
  set.failed_workers = 5;
  set.ended_workers = 6;
  set.page_faults = 7;
  set.jail_seconds = 0.25;
  set.python_seconds = 0.5;
  set.attestation_seconds = 0.125;
  state.sets.push_back(set);
  const std::string text = text_after([](Metrics&) {}, state);
  for (const char* line :
       {"python_executor_slots 8", "python_executor_running 3", "python_executor_queue_length 2",
        R"(python_executor_workers{set="light",state="ready"} 4)",
        R"(python_executor_workers{set="light",state="busy"} 3)",
        R"(python_executor_set_info{set="light",python="3.11.2",tier="full"} 1)",
        R"(python_executor_sandbox_attested{set="light"} 1)",
        R"(python_executor_attestation_age_seconds{set="light"} 12)",
        R"(python_executor_zygotes{set="light"} 3)",
        R"(python_executor_zygote_starts_total{set="light"} 2)",
        R"(python_executor_zygote_losses_total{set="light"} 1)",
        R"(python_executor_failed_workers_total{set="light"} 5)",
        R"(python_executor_ended_workers_total{set="light"} 6)",
        R"(python_executor_worker_page_faults_total{set="light"} 7)",
        R"(python_executor_zygote_start_seconds{set="light",stage="jail"} 0.25)",
        R"(python_executor_zygote_start_seconds{set="light",stage="python"} 0.5)",
        R"(python_executor_zygote_start_seconds{set="light",stage="attestation"} 0.125)"}) {
    BOOST_TEST(has(text, line), line);
  }
}

BOOST_AUTO_TEST_CASE(what_the_process_uses_is_not_nothing) {
  const std::string text = text_after([](Metrics&) {});
  for (const char* name : {"process_open_fds", "process_max_fds", "process_resident_memory_bytes",
                           "process_start_time_seconds", "process_threads"}) {
    const std::size_t at = text.find("\n" + std::string(name) + " ");
    BOOST_TEST_REQUIRE(at != std::string::npos, name);
    BOOST_TEST(std::stod(text.substr(text.find(' ', at))) > 0, name);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_many_threads_count) {
  constexpr int kThreads = 4, kEach = 5000;
  const std::string text = text_after([](Metrics& metrics) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&metrics] {
        for (int n = 0; n < kEach; ++n)
          metrics.count_run(Dialect::kProgram, Ending::kReturned, Evidence::kClaim, {});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  BOOST_TEST(has(text, R"(python_executor_runs_total{dialect="code",outcome="returned"} 20000)"));
  BOOST_TEST(has(text, R"(python_executor_run_seconds_count{dialect="code"} 20000)"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
