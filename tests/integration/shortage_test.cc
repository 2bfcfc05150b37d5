// What cannot be made because there are no processes, threads or descriptors ends nothing that is
// there.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "execution/service.h"
#include "jail/process.h"
#include "support/boost_test.h"
#include "support/sandbox.h"
#include "support/shortage.h"

namespace executor {
namespace {

using test::await;
using test::Shortage;
using test::TestPool;

// Far more failures in a row than a zygote may have.
constexpr std::uint64_t kMany = 25;

std::vector<test::Process> workers_of(pid_t zygote) {
  auto all = test::all_processes();
  std::erase_if(all, [zygote](const auto& process) { return process.parent != zygote; });
  return all;
}

pid_t zygote_of(const Lease& lease) {
  const pid_t worker = host_pid(lease.worker());
  for (const auto& process : test::all_processes()) {
    if (process.pid == worker) return process.parent;
  }
  return -1;
}

bool runs(const Lease& lease) {
  return host_pid(lease.worker()) > 0;
}

// The other is there by then: as long as one is idle, none is made for the one that is lent.
Lease lease_of_one_of_two(TestPool& pool) {
  BOOST_REQUIRE(await([&pool] { return pool->load().ready == 2; }));
  return pool.lease();
}

// A pool of two workers, of which one is lent.
struct OneLent {
  OneLent() {
    BOOST_REQUIRE(zygote > 0);
    BOOST_REQUIRE(pool->load().ready == 1);
    for (const auto& worker : workers_of(zygote)) {
      if (worker.pid != host_pid(lease->worker())) idle.push_back(worker.pid);
    }
  }

  // Found before there is a shortage: to look for them takes a descriptor.
  void kill_idle() const {
    for (const pid_t worker : idle) ::kill(worker, SIGKILL);
  }
  [[nodiscard]] std::uint64_t failed() { return pool->load().failed_workers; }

  TestPool pool;
  std::optional<Lease> lease = lease_of_one_of_two(pool);
  pid_t zygote = zygote_of(*lease);
  std::vector<pid_t> idle;
};

class Recycled {
 public:
  Recycled()
      : service(
            [] {
              ServiceOptions options;
              options.jail = test::jail_options();
              options.workers = 1;
              options.recycle = std::chrono::seconds(1);
              options.sets = {
                  {.name = "light", .modules = {}, .also = {}, .warm_up = "", .ready = 1}};
              return options;
            }(),
            [this](const std::string& text) {
              const std::lock_guard lock(mutex_);
              reports_ += text + "\n";
            }) {}

  bool has_reported(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return reports_.find(text) != std::string::npos;
  }
  Execution run() {
    RunRequest request;
    request.job = {Dialect::kFunction, "def main():\n  return 1\n"};
    request.timeout = test::kHang;
    return service.execute(request, Caller());
  }

 private:
  std::mutex mutex_;
  std::string reports_;

 public:
  Service service;
};

BOOST_AUTO_TEST_SUITE(shortage_test)

BOOST_FIXTURE_TEST_CASE(a_zygote_that_cannot_fork_is_replaced_after_its_last_run, OneLent) {
  const Shortage processes(zygote, RLIMIT_NPROC, 0);
  kill_idle();
  BOOST_TEST(await([this] { return failed() > kMany; }));
  BOOST_TEST(pool->state().zygote_losses == 0U);
  BOOST_TEST(runs(*lease));
  lease.reset();
  BOOST_TEST(await([this] { return pool->state().zygote_losses == 1; }));
  BOOST_TEST(runs(pool.lease()));
}

BOOST_FIXTURE_TEST_CASE(descriptors_that_we_lack_are_no_fault_of_the_zygote, OneLent) {
  {
    const Shortage descriptors(::getpid(), RLIMIT_NOFILE, 3);
    kill_idle();
    BOOST_TEST(await([this] { return failed() > kMany; }));
    BOOST_TEST(pool->state().zygote_losses == 0U);
    BOOST_TEST(!pool->is_barren());
    lease.reset();
    BOOST_TEST(await([this] { return pool->is_barren(); }));
  }
  BOOST_TEST(await([this] { return pool->load().ready == 2; }));
  BOOST_TEST(!pool->is_barren());
  BOOST_TEST(pool->state().zygote_losses == 0U);
  BOOST_TEST(await([this] { return workers_of(zygote).size() == 2; }));
}

BOOST_AUTO_TEST_CASE(a_zygote_for_whose_keeper_there_is_no_thread_is_not_replaced) {
  Recycled recycled;
  BOOST_TEST_REQUIRE(recycled.service.start().has_value());
  {
    const Shortage threads(::getpid(), RLIMIT_NPROC, 1);
    BOOST_TEST((recycled.run().outcome.ending == Ending::kReturned));
    BOOST_TEST(await(
        [&] { return recycled.has_reported("not replaced: Resource temporarily unavailable"); }));
  }
  BOOST_TEST((recycled.run().outcome.ending == Ending::kReturned));
}

BOOST_AUTO_TEST_CASE(a_pool_without_an_eventfd_is_not_made) {
  const Shortage descriptors(::getpid(), RLIMIT_NOFILE, 3);
  const auto attest = [](const Worker&, const Setup&) -> Result<void> { return {}; };
  BOOST_CHECK_THROW(Pool(test::pool_options(), attest, [](const std::string&) {}),
                    std::system_error);
}

BOOST_AUTO_TEST_CASE(the_output_of_a_program_for_which_there_is_no_pipe_is_a_failure) {
  const Shortage descriptors(::getpid(), RLIMIT_NOFILE, 3);
  const auto output = output_of({"/bin/true"});
  BOOST_REQUIRE(!output.has_value());
  BOOST_TEST(output.error().text() == "run /bin/true: Too many open files");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
