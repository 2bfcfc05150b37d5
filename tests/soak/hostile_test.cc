// One client sends nothing but attacks while an innocent one asks for what it knows. The first case
// does all of it. How long answers take is printed, next to what they take in quiet, for the reader
// to judge: on a machine that the tests share with other work it cannot be a requirement.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "soak/attacks.h"
#include "soak/holdings.h"
#include "soak/service.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/load.h"
#include "support/sandbox.h"

namespace executor::test {
namespace {

struct Innocent {
  Load::Tally tally;
  std::vector<double> milliseconds;
};

struct HostileFindings {
  Innocent quiet;
  Innocent beside;
  std::vector<std::pair<std::string, std::uint64_t>> attacks;  // how often each was made
  std::vector<std::string> unserved;
  std::vector<Holding> before;
  std::vector<Holding> after;
};

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::size_t(share * double(values.size() - 1))];
}

// A client that returns its own number and has nothing to do with the attacks.
class InnocentClient {
 public:
  explicit InnocentClient(std::uint16_t port)
      : port_(port),
        load_(1, [this](int /*client*/, std::uint64_t number) { return ask(number); }) {}

  [[nodiscard]] std::uint64_t right() const { return load_.right(); }
  Innocent finish() {
    Innocent found{load_.finish(), {}};
    found.milliseconds = std::move(milliseconds_);
    return found;
  }

 private:
  Judged ask(std::uint64_t number) {
    const auto begun = Clock::now();
    const Answer answer = execute_at(port_, "def main():\n    return " + std::to_string(number));
    milliseconds_.push_back(1e3 * seconds(Clock::now() - begun));
    if (answer.status() == 200 && answer.result() == boost::json::value(std::int64_t(number))) {
      return {Verdict::kRight, {}};
    }
    return {Verdict::kWrong, std::to_string(answer.status()) + " " + answer.response.body};
  }

  std::uint16_t port_;
  std::vector<double> milliseconds_;
  Load load_;
};

class Hostile {
 public:
  HostileFindings run() {
    for (const SharedAttack& attack : attacks_) findings_.attacks.emplace_back(attack.name, 0);
    ask_for(soak_time() / 8);
    attack_all();  // every cache has seen its largest
    BOOST_TEST(await([this] { return is_idle(server_); }));
    findings_.before = holdings_of(server_);
    findings_.quiet = ask_for(soak_time() / 8);
    attack_beside_an_innocent();
    BOOST_TEST(await([this] { return is_idle(server_); }));
    await([this] {
      findings_.after = holdings_of(server_);
      return !has_grown(findings_.before, findings_.after);
    });
    return findings_;
  }

 private:
  Innocent ask_for(std::chrono::duration<double> span) {
    InnocentClient innocent(server_.port());
    std::this_thread::sleep_for(span);
    return innocent.finish();
  }

  void attack_all() {
    for (std::size_t i = 0; i < attacks_.size(); ++i) {
      try {
        attacks_[i].make(server_.port());
        ++findings_.attacks[i].second;
        ++made_;
      } catch (const boost::system::system_error& error) {
        findings_.unserved.push_back(attacks_[i].name + ": " + error.what());
      }
    }
  }

  void attack_beside_an_innocent() {
    const auto end = Deadline::after(std::chrono::duration_cast<Clock::duration>(soak_time() / 2));
    InnocentClient innocent(server_.port());
    const std::uint64_t wanted = soak_requests();
    while (wanted > 0 ? made_ + innocent.right() < wanted : !end.passed()) attack_all();
    findings_.beside = innocent.finish();
  }

  Server server_{soak_options()};
  std::vector<SharedAttack> attacks_ = shared_attacks();
  std::uint64_t made_ = 0;
  HostileFindings findings_;
};

void print(const char* name, const Innocent& innocent) {
  std::cout << std::left << std::setw(40) << name << std::right << std::fixed
            << std::setprecision(1) << std::setw(10) << innocent.tally.right << std::setw(8)
            << innocent.tally.wrong << std::setw(10) << percentile(innocent.milliseconds, 0.5)
            << std::setw(10) << percentile(innocent.milliseconds, 0.99) << '\n';
}

void print(const HostileFindings& findings) {
  std::cout << std::left << std::setw(40) << "attack" << std::right << std::setw(10) << "made"
            << '\n';
  for (const auto& [name, times] : findings.attacks) {
    std::cout << std::left << std::setw(40) << name << std::right << std::setw(10) << times << '\n';
  }
  std::cout << '\n'
            << std::left << std::setw(40) << "an innocent client" << std::right << std::setw(10)
            << "right" << std::setw(8) << "wrong" << std::setw(10) << "p50 ms" << std::setw(10)
            << "p99 ms" << '\n';
  print("in quiet", findings.quiet);
  print("during the attacks", findings.beside);
  std::cout << '\n';
  print_holdings(findings.before, findings.after);
}

const HostileFindings& findings() {
  static const HostileFindings found = [] {
    take_slabinfo();
    HostileFindings result = Hostile().run();
    print(result);
    return result;
  }();
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_soak)

BOOST_AUTO_TEST_CASE(an_innocent_client_is_answered_as_it_must_be) {
  for (const Innocent* innocent : {&findings().quiet, &findings().beside}) {
    BOOST_TEST(innocent->tally.wrong + innocent->tally.dropped + innocent->tally.refused == 0U,
               innocent->tally.example);
    BOOST_TEST(innocent->tally.right > 0U);
  }
}

BOOST_AUTO_TEST_CASE(every_attack_took_part_and_was_answered) {
  for (const auto& [name, times] : findings().attacks) BOOST_TEST(times > 0U, name);
  for (const std::string& unserved : findings().unserved) BOOST_TEST(false, unserved);
}

BOOST_AUTO_TEST_CASE(attacks_leave_nothing_behind) {
  check_holdings(findings().before, findings().after);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
