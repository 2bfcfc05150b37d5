// Descriptors in flight in sockets are counted for the user, and a process with a low limit on open
// files cannot send one when there are many. A worker that cannot be handed over blames no run.
#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "execution/pool.h"
#include "support/boost_test.h"
#include "support/sandbox.h"
#include "wire/packet.h"

namespace executor {
namespace {

using test::await;
using test::TestPool;

constexpr rlim_t kFewFiles = 1100;  // the job socket has the number 1000
// More failures than a zygote that is to blame for them survives (execution/zygote_keeper.cc).
constexpr std::uint64_t kManyFailures = 25;

// As many open files as processes that are started meanwhile may have.
class AllowedFiles {
 public:
  explicit AllowedFiles(rlim_t count) {
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    BOOST_REQUIRE(before_.rlim_max > count);
    const rlimit few{count, before_.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  AllowedFiles(const AllowedFiles&) = delete;
  AllowedFiles& operator=(const AllowedFiles&) = delete;
  ~AllowedFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

using Pair = std::pair<UniqueFd, UniqueFd>;

// `count` of them, for as long as the pairs live.
std::vector<Pair> put_on_their_way(rlim_t count) {
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::array<int, kMaxPacketFds> fds{};
  fds.fill(null.get());
  std::vector<Pair> pairs;
  while (pairs.size() * fds.size() <= count) {
    auto pair = packet_socketpair();
    BOOST_REQUIRE(pair.has_value());
    BOOST_REQUIRE(send_packet(pair->first.get(), "x", fds).has_value());
    pairs.push_back(std::move(*pair));
  }
  return pairs;
}

std::size_t children_of(pid_t parent) {
  const auto all = test::all_processes();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [parent](const auto& process) { return process.parent == parent; }));
}

pid_t zygote_of(const Lease& lease) {
  for (const test::Process& process : test::all_processes()) {
    if (process.pid == host_pid(lease.worker())) return process.parent;
  }
  return -1;
}

BOOST_AUTO_TEST_SUITE(descriptors_in_flight_test)

BOOST_AUTO_TEST_CASE(a_worker_that_cannot_be_handed_over_costs_neither_the_zygote_nor_its_runs) {
  constexpr std::uint32_t kReady = 2;
  std::optional<AllowedFiles> few(kFewFiles);
  TestPool pool(test::pool_options(kReady));
  few.reset();
  BOOST_REQUIRE(await([&] { return pool->state().ready == kReady; }));
  const Lease running = pool.lease();
  const pid_t zygote = zygote_of(running);
  auto under_way = put_on_their_way(kFewFiles + 100);
  pool.lease();  // the last spare one: none can take its place
  BOOST_TEST(await([&] { return pool->state().failed_workers >= kManyFailures; }));
  BOOST_TEST(pool->state().zygote_losses == 0U);
  BOOST_TEST(pool->unhealthy_reason() == "");
  BOOST_TEST(await([zygote] { return children_of(zygote) == 1; }), "clones are left");
  const RunReport run =
      run_job(RunRequest{{Dialect::kFunction, "def main(): return 42"}, test::kHang},
              running.worker(), RunLimits(), -1, [](Deadline) { return std::nullopt; });
  BOOST_TEST(run.outcome.result_json == "42");

  under_way.clear();
  BOOST_TEST(pool.run(Dialect::kFunction, "def main(): return 43").outcome.result_json == "43");
  BOOST_TEST(pool->state().zygote_losses == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
