#include "layers/trial.h"

#include <algorithm>
#include <future>
#include <thread>

#include "base/deadline.h"
#include "contract/render.h"
#include "escape/expectation.h"
#include "execution/run.h"
#include "support/boost_test.h"
#include "support/execute.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// Seconds. Attacks that nothing stops wait for their end; one that is stopped takes less.
constexpr double kTimeout = 8;
// How often runs are repeated that should have met and did not.
constexpr int kMeetings = 20;
// What is to be gone at the end of a run has this long.
constexpr auto kGrace = std::chrono::seconds(3);

Answer to_answer(Dialect dialect, const Outcome& outcome) {
  const executor::Answer rendered = render(dialect, outcome);
  Answer answer;
  answer.response.status = rendered.status;
  answer.response.body = rendered.body;
  boost::json::parse_options deep;
  deep.max_depth = 1000;
  boost::system::error_code error;
  boost::json::value body = boost::json::parse(rendered.body, error, {}, deep);
  if (!error && body.is_object()) answer.body = std::move(body.get_object());
  return answer;
}

Answer post(Pool& pool, const RunLimits& limits, const Attack& attack) {
  const Dialect dialect = attack.is_program ? Dialect::kProgram : Dialect::kFunction;
  const RunRequest job{{dialect, attack.source},
                       std::chrono::duration<double>(attack.timeout.value_or(kTimeout))};
  const auto deadline = Deadline::after(kHang);
  while (auto lease = pool.acquire(deadline)) {
    RunReport report = run_job(job, lease->worker(), limits, -1,
                               [&lease](Deadline by) { return lease->await_exit(by); });
    if (report.delivered) return to_answer(dialect, report.outcome);
    if (deadline.passed()) break;
  }
  return {};  // no worker took it
}

std::vector<Answer> post_at_once(Pool& pool, const RunLimits& limits, const Attack& attack) {
  std::vector<std::future<Answer>> waiting;
  for (int i = 0; i < attack.concurrent; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return post(pool, limits, attack); }));
  }
  std::vector<Answer> answers;
  for (auto& answer : waiting) answers.push_back(answer.get());
  return answers;
}

std::vector<Answer> post_all(Pool& pool, const RunLimits& limits, const Attack& attack) {
  std::vector<Answer> answers;
  if (attack.concurrent == 1) {
    for (int i = 0; i < attack.runs; ++i) answers.push_back(post(pool, limits, attack));
    return answers;
  }
  for (int i = 0; i < kMeetings; ++i) {
    answers = post_at_once(pool, limits, attack);
    if (met(answers)) break;
  }
  return answers;
}

std::string faults(const Answer& answer) {
  return answer.result().is_string() ? std::string(answer.result().get_string()) : "";
}

std::string ending(const Answer& answer) {
  constexpr std::size_t kShown = 200;
  return std::to_string(answer.status()) + " " + answer.response.body.substr(0, kShown);
}

// An unexpected answer.
Trial judge_unexpected(const Attack& attack, const Answer& answer) {
  if (answer.status() == 0) return {Verdict::kUnclear, "no worker took it"};
  const std::string said = faults(answer);
  if (said.find("escaped: ") != std::string::npos) return {Verdict::kSucceeded, said};
  if (said.starts_with("weakened: ")) return {Verdict::kElsewhere, said};
  if (answer.error_type() == "internal") return {Verdict::kSucceeded, ending(answer)};
  const std::string& expected = attack.expected.front();
  if (expected == "held" || expected == "distinct" || answer.error_type() == "exception") {
    return {Verdict::kUnclear, ending(answer)};
  }
  return {Verdict::kSucceeded, ending(answer)};
}

int rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return 0;
    case Verdict::kElsewhere:
      return 1;
    case Verdict::kUnclear:
      return 2;
    case Verdict::kSucceeded:
      break;
  }
  return 3;
}

Trial judge(const Attack& attack, const std::vector<Answer>& answers) {
  Trial worst{Verdict::kSame, ""};
  for (const Answer& answer : answers) {
    if (is_expected(attack, answer)) continue;
    Trial trial = judge_unexpected(attack, answer);
    if (rank(trial.verdict) > rank(worst.verdict)) worst = std::move(trial);
  }
  if (worst.verdict != Verdict::kSame) return worst;
  if (asks_for_distinct(attack) && !are_distinct(answers)) {
    return {Verdict::kSucceeded, "the runs share " + ending(answers.front())};
  }
  if (attack.concurrent > 1 && !met(answers)) return {Verdict::kUnclear, "the runs never met"};
  return worst;
}

std::string left_behind(const Attack& attack) {
  const auto by = Deadline::after(kGrace);
  while (!attack.gone.empty() && !with_command(all_processes(), attack.gone).empty()) {
    if (by.passed()) return "a process is left";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const bool left = !attack.absent.empty() && fs::exists(fs::symlink_status(attack.absent));
  return left ? attack.absent + " is left" : "";
}

}  // namespace

Weakened::Weakened(const Layer& layer)
    : layer_(layer), options_(options_without(layer, scratch_)), limits_(limits_without(layer)) {
  start();
}

void Weakened::start() {
  pool_.reset();  // with all that ran in it
  pool_ = std::make_unique<Pool>(
      options_, [](const Worker&, const Setup&) { return Result<void>(); },
      [this](const std::string& text) { BOOST_TEST_MESSAGE(layer_.id << ": " << text); });
  pool_->start();
  const auto started = pool_->await_attested(Deadline::after(2 * kHang));
  BOOST_REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().text()));
}

Trial Weakened::attempt(const Attack& attack) {
  if (layer_.keeps_traces || !pool_->unhealthy_reason().empty()) start();
  const std::vector<Answer> answers = post_all(*pool_, limits_, attack);
  Trial trial = judge(attack, answers);
  if (const std::string left = left_behind(attack); !left.empty()) {
    trial = {Verdict::kSucceeded, left};
    start();
  }
  return trial;
}

}  // namespace executor::test
