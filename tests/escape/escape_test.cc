// Theory of operation. The attacks are found when the program starts, and each is a test case of
// the name of its file. It is posted as any client would post it; what it says of itself and how
// the service ended it must be what its head expects; then the next request must work. An attack
// on another run is posted several times, at once or in a row, and every copy looks for the traces
// of the others.
#include <cstdlib>
#include <future>
#include <sstream>
#include <thread>

#include "escape/attack.h"
#include "escape/expectation.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/server.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// How often runs are repeated that should have met and did not, on a machine that is busy.
constexpr int kMeetings = 20;
// Long past the time that the end of a run takes. Not a measurement: a bound for a hang.
constexpr auto kHang = 120s;

fs::path directory() {
  const char* source = std::getenv("EXECUTOR_SOURCE");
  return fs::path(source != nullptr ? source : ".") / "tests" / "escape";
}

Answer post(const Attack& attack) {
  return post_body(body_of(attack));
}

std::string excerpt(const Answer& answer) {
  constexpr std::size_t kShown = 3000;
  return answer.response.body.substr(0, kShown);
}

std::vector<Answer> post_at_once(const Attack& attack) {
  std::vector<std::future<Answer>> waiting;
  waiting.reserve(static_cast<std::size_t>(attack.concurrent));
  for (int i = 0; i < attack.concurrent; ++i) {
    waiting.push_back(std::async(std::launch::async, [&attack] { return post(attack); }));
  }
  std::vector<Answer> answers;
  answers.reserve(waiting.size());
  for (auto& answer : waiting) answers.push_back(answer.get());
  return answers;
}

std::vector<Answer> post_until_met(const Attack& attack) {
  for (int i = 1;; ++i) {
    std::vector<Answer> answers = post_at_once(attack);
    if (met(answers)) return answers;
    if (i == kMeetings) {
      BOOST_ERROR("the runs never met: " << excerpt(answers.front()));
      return answers;
    }
  }
}

std::vector<Answer> post_all(const Attack& attack) {
  if (attack.concurrent > 1) return post_until_met(attack);
  std::vector<Answer> answers;
  for (int i = 0; i < attack.runs; ++i) answers.push_back(post(attack));
  return answers;
}

// The answer does not say why the service itself has failed.
std::string end_of_log() {
  constexpr std::size_t kShown = 2000;
  const std::string log = shared_server().log();
  return log.substr(log.size() - std::min(log.size(), kShown));
}

// The same without the runs' own lines, which are many, and short enough for a summary's line.
std::string last_events() {
  constexpr std::size_t kShown = 160;
  std::istringstream lines(shared_server().log());
  std::string log;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" info run id=") == std::string::npos) log += line + " | ";
  }
  return log.substr(log.size() - std::min(log.size(), kShown));
}

void check_closed(const Attack& attack, const std::vector<Answer>& answers) {
  for (const Answer& answer : answers) {
    BOOST_TEST(is_expected(attack, answer), "expected " << attack.expected.front() << " ("
                                                        << last_events() << "), got "
                                                        << excerpt(answer) << "\n"
                                                        << end_of_log());
  }
  if (asks_for_distinct(attack)) {
    BOOST_TEST(are_distinct(answers), "the runs share " << excerpt(answers.front()));
  }
}

// A known hole is reported, and must be where it is said to be.
void check_open(const Attack& attack, const std::vector<Answer>& answers) {
  const bool succeeded = asks_for_distinct(attack)
                             ? !are_distinct(answers)
                             : std::any_of(answers.begin(), answers.end(), says_that_it_escaped);
  BOOST_TEST_MESSAGE(attack.name << " is known to succeed: " << attack.open);
  BOOST_TEST(succeeded, "no longer succeeds, so it is not open: " << excerpt(answers.front()));
}

void check_nothing_is_left(const Attack& attack) {
  if (!attack.gone.empty()) {
    const auto by = std::chrono::steady_clock::now() + kHang;
    while (!with_command(all_processes(), attack.gone).empty() &&
           std::chrono::steady_clock::now() < by) {
      std::this_thread::sleep_for(5ms);
    }
    BOOST_TEST(with_command(all_processes(), attack.gone).empty(),
               "a process with '" << attack.gone << "' in its command line is left");
  }
  if (!attack.absent.empty()) {
    BOOST_TEST(!fs::exists(fs::symlink_status(attack.absent)), attack.absent << " is left");
  }
}

// As the service says, which gives each run a user id of its own where it can.
bool runs_have_own_ids() {
  return shared_settings().tier == "uid" ||
         shared_server().log().find("the service's own user id") == std::string::npos;
}

// ESCAPE_TIMEOUT: seconds for attacks that are not to end by a timeout, which requests with fields
// may.
void allow_for_a_slow_machine(Attack& attack) {
  const char* timeout = std::getenv("ESCAPE_TIMEOUT");
  const auto ends_by_it = std::count(attack.expected.begin(), attack.expected.end(), "timeout");
  if (timeout != nullptr && ends_by_it == 0 && attack.fields.empty()) {
    attack.timeout = std::stod(timeout);
  }
}

void run(const fs::path& file) {
  Attack attack = read_attack(file, shared_settings().tier, runs_have_own_ids());
  allow_for_a_slow_machine(attack);
  const std::vector<Answer> answers = post_all(attack);
  if (attack.open.empty()) {
    check_closed(attack, answers);
  } else {
    check_open(attack, answers);
  }
  check_nothing_is_left(attack);
  NextRequestWorks().teardown();
}

// Registers a test case for each attack before Boost.Test collects the cases to run.
const bool registered = [] {
  // Boost.Test keeps no copy of a file's name.
  static const std::vector<fs::path> files = [] {
    std::vector<fs::path> all = attacks_in(directory());
    for (fs::path& file : attacks_in(directory() / "fields")) all.push_back(std::move(file));
    return all;
  }();
  for (const fs::path& file : files) {
    boost::unit_test::framework::master_test_suite().add(boost::unit_test::make_test_case(
        [&file] { run(file); }, file.stem().string(), file.native(), 1));
  }
  return true;
}();

}  // namespace
}  // namespace executor::test
