// What an operator sees: /metrics, the log, and the files that are made for Prometheus and Grafana.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "jail/boost_process.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

constexpr std::string_view kScript = "def main():\n    return 'ran'";

std::string metrics(const Server& server = shared_server()) {
  const Response response = get(server.port(), "/metrics");
  BOOST_TEST_REQUIRE(response.status == 200, response.body);
  return response.body;
}

// The value in the line that begins with `series`; fails the test when there is none.
double value_of(const std::string& text, const std::string& series) {
  const std::size_t at = ("\n" + text).find("\n" + series + " ");
  BOOST_TEST_REQUIRE(at != std::string::npos, series << " is not in\n" << text);
  return std::stod(text.substr(at + series.size() + 1));
}

double runs(const std::string& dialect, const std::string& outcome) {
  return value_of(metrics(), "python_executor_runs_total{dialect=\"" + dialect + "\",outcome=\"" +
                                 outcome + "\"}");
}

std::string file_text(const std::string& name) {
  std::ifstream file(source_directory() + "/" + name);
  BOOST_TEST_REQUIRE(file.good(), name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The service's own metrics that a text names.
std::set<std::string> names_in(const std::string& text) {
  const std::regex pattern("(python_executor|process)_[a-z_]+");
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert(match->str());
  }
  return found;
}

// A line of the log appears after the answer.
bool comes_to_be(const std::function<bool()>& happened) {
  return await(happened);
}

std::string log_line(const Server& server, const std::string& id) {
  std::string line;
  comes_to_be([&] {
    std::istringstream log(server.log());
    while (std::getline(log, line)) {
      if (line.find(id) != std::string::npos) return true;
    }
    return false;
  });
  return line;
}

Response execute_with_id(const Server& server, const std::string& id, const std::string& body) {
  return send(
      server.port(),
      {"POST", "/execute", {{"Content-Type", "application/json"}, {"X-Request-Id", id}}, body});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(observability)

BOOST_AUTO_TEST_CASE(metrics_are_text_that_promtool_accepts) {
  execute(kScript);
  const Response response = get(shared_server().port(), "/metrics");
  BOOST_TEST(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  BOOST_TEST(!response.header("X-Request-Id").empty());
  bp::opstream in;
  bp::ipstream complaints;
  bp::child promtool(bp::search_path("promtool"), "check", "metrics",
                     bp::std_in<in, bp::std_out> complaints, bp::std_err > bp::null);
  in << response.body << std::flush;
  in.pipe().close();
  const std::string said((std::istreambuf_iterator<char>(complaints)), {});
  promtool.wait();
  BOOST_TEST(promtool.exit_code() == 0, said);
}

BOOST_AUTO_TEST_CASE(runs_count_by_how_they_ended) {
  const double returned = runs("script", "returned");
  const double raised = runs("code", "exception");
  execute(kScript);
  execute(kScript);
  run_program("1/0");
  BOOST_TEST(comes_to_be([&] {
    return runs("script", "returned") == returned + 2 && runs("code", "exception") == raised + 1;
  }));
}

BOOST_AUTO_TEST_CASE(a_bad_request_counts_as_a_refusal_and_is_logged) {
  const std::string series = "python_executor_refusals_total{reason=\"bad_request\"}";
  const double before = value_of(metrics(), series);
  execute_with_id(shared_server(), "refused-1", "{}");
  BOOST_TEST(comes_to_be([&] { return value_of(metrics(), series) == before + 1; }));
  const std::string line = log_line(shared_server(), "refused-1");
  BOOST_TEST(line.find("outcome=bad_request status=400") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(the_sandbox_is_attested_again_and_again_by_the_same_zygote) {
  const std::string set = "{set=\"light\"}";
  const Server server({"--preload", "light:", "--attest-seconds", "0.2"});
  const auto age = [&] {
    return value_of(metrics(server), "python_executor_attestation_age_seconds" + set);
  };
  int attestations = 0;
  double last = age();
  BOOST_TEST(comes_to_be([&] {
    const double now = age();
    if (now < last) ++attestations;
    last = now;
    return attestations == 3;
  }));
  BOOST_TEST(value_of(metrics(server), "python_executor_zygote_starts_total" + set) == 1);
}

BOOST_AUTO_TEST_CASE(a_set_with_two_zygotes_serves_and_is_healthy_while_one_is_replaced) {
  const Server server({"--preload", "light:", "--zygotes", "2"});
  const auto value = [&server](const std::string& name) {
    return value_of(metrics(server), "python_executor_" + name + "{set=\"light\"}");
  };
  BOOST_TEST(comes_to_be([&] { return value("zygotes") == 2; }));
  const auto all = zygotes(descendants(server.pid()));
  BOOST_TEST_REQUIRE(all.size() == 2U);
  const auto doomed = descendants(all.front().pid);
  BOOST_TEST_REQUIRE(::kill(all.front().pid, SIGKILL) == 0);
  BOOST_TEST(comes_to_be([&] { return std::none_of(doomed.begin(), doomed.end(), exists); }));
  BOOST_TEST(comes_to_be([&] {
    BOOST_TEST(get(server.port(), "/health").status == 200);
    BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
    return value("zygote_losses_total") == 1 && value("zygotes") == 2;
  }));
  BOOST_TEST(value("zygote_starts_total") == 3);
}

BOOST_AUTO_TEST_CASE(every_set_is_attested_and_has_workers) {
  const std::string text = metrics();
  for (const char* set : {"light", "data"}) {
    const std::string label = std::string("{set=\"") + set + "\"";
    BOOST_TEST(value_of(text, "python_executor_sandbox_attested" + label + "}") == 1);
    BOOST_TEST(value_of(text, "python_executor_attestation_age_seconds" + label + "}") >= 0);
    BOOST_TEST(value_of(text, "python_executor_zygote_starts_total" + label + "}") >= 1);
    BOOST_TEST(comes_to_be([&] {
      return value_of(metrics(), "python_executor_workers" + label + ",state=\"ready\"}") > 0;
    }));
  }
  BOOST_TEST(value_of(text, "python_executor_slots") == shared_settings().workers);
}

BOOST_AUTO_TEST_CASE(every_metric_of_the_dashboard_and_the_alerts_exists) {
  const std::set<std::string> exist = names_in(metrics());
  for (const char* file : {"monitoring/dashboard.json", "monitoring/alerts.yml"}) {
    const std::set<std::string> used = names_in(file_text(file));
    BOOST_TEST(used.size() > 5U);
    for (const std::string& name : used) BOOST_TEST(exist.contains(name), file << ": " << name);
  }
}

BOOST_AUTO_TEST_CASE(metrics_are_for_this_machine_only) {
  bp::ipstream answer;
  bp::child curl(bp::search_path("curl"), "-s", "-w", "%{http_code}", "--interface", "127.0.0.2",
                 "http://127.0.0.1:" + std::to_string(shared_server().port()) + "/metrics",
                 bp::std_out > answer);
  const std::string said((std::istreambuf_iterator<char>(answer)), {});
  curl.wait();
  BOOST_TEST(said == "{\"error\": \"Forbidden\", \"error_type\": \"forbidden\"}\n403");
}

BOOST_AUTO_TEST_CASE(a_wrong_method_on_metrics_is_answered_with_405_and_allow) {
  const Response response = send(shared_server().port(), {"POST", "/metrics", {}, "x"});
  BOOST_TEST(response.status == 405);
  BOOST_TEST(response.header("Allow") == "GET, HEAD");
  const Response trace = send(shared_server().port(), {"TRACE", "/metrics", {}, {}});
  BOOST_TEST(trace.status == 405);
  BOOST_TEST(trace.header("Allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(a_run_is_logged_with_its_sizes_and_limits_and_without_its_content) {
  const std::string body =
      request_body("script", "def main():\n    print('sec' 'ret')\n    return 'res' 'ult'", 7.5);
  execute_with_id(shared_server(), "logged-1", body);
  const std::string line = log_line(shared_server(), "logged-1");
  const std::regex pattern(
      "info run id=logged-1 client=127.0.0.1 dialect=script outcome=returned status=200 "
      "set=light "
      "queue_ms=[0-9.]+ start_ms=[0-9.]+ run_ms=[0-9.]+ timeout_ms=7500.000 "
      "memory_limit_bytes=[0-9]+ body_bytes=" +
      std::to_string(body.size()) +
      " source_bytes=[0-9]+ stdout_bytes=7 stderr_bytes=0 result_bytes=8 answer_bytes=[0-9]+ "
      "evidence=claim peak_mb=[0-9]+.[0-9]+ cpu_s=[0-9]+.[0-9]+$");
  BOOST_TEST(std::regex_search(line, pattern), line);
  BOOST_TEST(shared_server().log().find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_log_format_json_every_line_of_the_responder_is_an_object) {
  std::vector<std::string> options = own_settings().options();
  options.insert(options.end(), {"--log-format", "json"});
  const Server server(options);
  execute_with_id(server, "logged-2", request_body("code", "print(1)"));
  const auto record = boost::json::parse(log_line(server, "logged-2"));
  BOOST_TEST(record.at("event") == "run");
  BOOST_TEST(record.at("outcome") == "returned");
  BOOST_TEST(record.at("status") == 200);
  BOOST_TEST(record.at("run_ms").is_number());
  std::istringstream log(server.log());
  for (std::string line; std::getline(log, line);) {
    if (!line.starts_with('{')) continue;  // a library's, in the jail
    boost::system::error_code error;
    boost::json::parse(line, error);
    BOOST_TEST(!error, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
