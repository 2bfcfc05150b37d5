// SOAK_MINUTES of load, between two looks at what the idle service holds. The first case does all
// of it; the others look at what was found.
#include <chrono>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "soak/holdings.h"
#include "soak/mix.h"
#include "soak/service.h"
#include "support/boost_test.h"
#include "support/load.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

struct Findings {
  std::vector<Holding> before;
  std::vector<Holding> after;
  std::vector<Mix::Count> counts;  // of all visits, those of the warm-up too
  Load::Tally tally;               // the same
};

class Soak {
 public:
  Findings run() {
    visit_for(soak_time() / 4);  // every cache has seen its largest, every thread has served
    BOOST_TEST(await([this] { return is_idle(server_); }));
    findings_.before = holdings_of(server_);
    visit_for(soak_time());
    BOOST_TEST(await([this] { return is_idle(server_); }));
    // What ends a moment later is no growth.
    await([this] {
      findings_.after = holdings_of(server_);
      return !has_grown(findings_.before, findings_.after);
    });
    findings_.counts = mix_.counts();
    return findings_;
  }

 private:
  static constexpr int kClients = 12;  // three times as many as run at once, none is refused

  void visit_for(std::chrono::duration<double> span) {
    Load load(kClients,
              [this](int client, std::uint64_t /*number*/) { return mix_.visit(client); });
    std::this_thread::sleep_for(span);
    const Load::Tally tally = load.finish();
    findings_.tally.right += tally.right;
    findings_.tally.wrong += tally.wrong;
    if (!tally.example.empty()) findings_.tally.example = tally.example;
  }

  Server server_{soak_options()};
  Mix mix_{server_.port(), kClients};
  Findings findings_;
};

void print(const Findings& findings) {
  std::cout << std::left << std::setw(40) << "kind of request" << std::right << std::setw(10)
            << "right" << std::setw(8) << "wrong" << '\n';
  for (const Mix::Count& count : findings.counts) {
    std::cout << std::left << std::setw(40) << count.kind << std::right << std::setw(10)
              << count.right << std::setw(8) << count.wrong << '\n';
  }
  std::cout << std::left << std::setw(40) << "all" << std::right << std::setw(10)
            << findings.tally.right << std::setw(8) << findings.tally.wrong << "\n\n";
  print_holdings(findings.before, findings.after);
}

const Findings& findings() {
  static const Findings found = [] {
    take_slabinfo();
    Findings result = Soak().run();
    print(result);
    return result;
  }();
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(soak)

BOOST_AUTO_TEST_CASE(every_request_is_answered_as_it_must_be) {
  BOOST_TEST(findings().tally.wrong == 0U, findings().tally.example);
  BOOST_TEST(findings().tally.right > 0U);
}

BOOST_AUTO_TEST_CASE(every_kind_of_request_took_part) {
  for (const Mix::Count& count : findings().counts) {
    BOOST_TEST(count.right > 0U, count.kind << " was never answered rightly");
  }
}

BOOST_AUTO_TEST_CASE(nothing_that_the_service_holds_has_grown) {
  check_holdings(findings().before, findings().after);
}

// An amount that cannot be read never grows.
BOOST_AUTO_TEST_CASE(what_must_not_grow_can_be_seen) {
  for (const Holding& holding : findings().before) {
    if (holding.what.starts_with("files")) continue;
    if (holding.what.starts_with("kernel") && std::getenv("SLABINFO_FD") == nullptr) continue;
    BOOST_TEST(holding.amount > 0, holding.what << " cannot be seen");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
