#include "soak/service.h"

#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <regex>

#include "support/boost_test.h"
#include "support/http.h"
#include "support/processes.h"
#include "support/sandbox.h"

namespace executor::test {
namespace {

constexpr int kReady = 4;
constexpr int kSets = 2;

Settings soak_settings() {
  Settings settings;
  settings.workers = 4;
  return settings;
}

}  // namespace

std::chrono::duration<double> soak_time() {
  const char* const minutes = std::getenv("SOAK_MINUTES");
  return std::chrono::duration<double>(60 * (minutes == nullptr ? 1.0 : std::stod(minutes)));
}

std::uint64_t soak_requests() {
  const char* const requests = std::getenv("SOAK_REQUESTS");
  return requests == nullptr ? 0 : std::stoull(requests);
}

std::vector<std::string> soak_options() {
  std::vector<std::string> options = soak_settings().options();
  options.insert(options.end(), {"--ready", std::to_string(kReady), "--preload",
                                 "light:", "--preload", "data: numpy pandas", "--recycle-seconds",
                                 std::to_string(soak_time().count() / 3.5)});
  return options;
}

bool is_idle(const Server& server) {
  if (zygotes(descendants(server.pid())).size() != kSets) return false;
  const std::string text = get(server.port(), "/metrics").body;
  const auto has = [&text](const std::string& line, int times) {
    const std::regex pattern("\n" + line + "(?=\n)");
    return std::distance(std::sregex_iterator(text.begin(), text.end(), pattern), {}) == times;
  };
  return has("python_executor_running 0", 1) && has("python_executor_queue_length 0", 1) &&
         has("python_executor_workers\\{set=\"[a-z]*\",state=\"ready\"\\} " +
                 std::to_string(kReady),
             kSets) &&
         has("python_executor_workers\\{set=\"[a-z]*\",state=\"busy\"\\} 0", kSets);
}

void print_holdings(const std::vector<Holding>& before, const std::vector<Holding>& after) {
  std::cout << std::left << std::setw(40) << "held by the idle service" << std::right
            << std::setw(10) << "before" << std::setw(10) << "after" << std::setw(12) << "may grow"
            << '\n';
  for (std::size_t i = 0; i < before.size(); ++i) {
    std::cout << std::left << std::setw(40) << before[i].what << std::right << std::setw(10)
              << before[i].amount << std::setw(10) << after[i].amount << std::setw(12)
              << before[i].may_grow << '\n';
  }
  std::cout << std::flush;
}

void check_holdings(const std::vector<Holding>& before, const std::vector<Holding>& after) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    BOOST_TEST(after[i].amount <= before[i].amount + before[i].may_grow,
               before[i].what << " grew from " << before[i].amount << " to " << after[i].amount);
  }
}

}  // namespace executor::test
