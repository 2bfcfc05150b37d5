#include "execution/pool.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "execution/attest_sandbox.h"
#include "execution/delivery.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using test::await;
using test::Process;
using test::TestPool;

constexpr const char* kNothing = "def main():\n  return 1\n";

bool is_gone(const Worker& worker) {
  pollfd end{worker.pidfd.get(), POLLIN, 0};
  return ::poll(&end, 1, 0) == 1;
}

pid_t parent_of(pid_t pid) {
  for (const Process& process : test::all_processes()) {
    if (process.pid == pid) return process.parent;
  }
  return -1;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// All of the zygote's workers.
std::vector<Process> workers_of(pid_t zygote) {
  auto all = test::all_processes();
  std::erase_if(all, [zygote](const Process& process) { return process.parent != zygote; });
  return all;
}

BOOST_AUTO_TEST_SUITE(pool_test)

BOOST_AUTO_TEST_CASE(
    an_attested_pool_is_not_in_trouble_and_lends_as_many_workers_as_are_asked_for) {
  TestPool pool(test::pool_options(2));
  BOOST_TEST(pool->unhealthy_reason() == "");
  std::vector<Lease> leases;
  for (int i = 0; i < 5; ++i) leases.push_back(pool.lease());
  std::vector<std::uint64_t> ids;
  for (const Lease& lease : leases) {
    BOOST_TEST(host_pid(lease.worker()) > 0);
    BOOST_TEST(!is_gone(lease.worker()));
    ids.push_back(lease.worker().id);
  }
  std::sort(ids.begin(), ids.end());
  BOOST_TEST((std::adjacent_find(ids.begin(), ids.end()) == ids.end()));
}

BOOST_AUTO_TEST_CASE(as_many_workers_as_configured_are_kept_ready) {
  constexpr std::size_t kReady = 3;
  TestPool pool(test::pool_options(kReady));
  pid_t zygote = -1;
  {
    const Lease lease = pool.lease();
    zygote = parent_of(host_pid(lease.worker()));
  }
  BOOST_TEST(await([zygote] { return workers_of(zygote).size() == kReady; }));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_loan_is_the_end_of_the_worker_and_of_all_its_children) {
  TestPool pool;
  std::vector<Process> processes;
  {
    Lease lease = pool.lease();
    const RunReport report =
        run_job(RunRequest{{Dialect::kFunction,
                            "import os, subprocess\n"
                            "def main():\n"
                            "  for _ in range(3):\n"
                            "    subprocess.Popen(['/bin/sleep', '600'], start_new_session=True)\n"
                            "  if os.fork() == 0:\n"
                            "    if os.fork() == 0:\n"
                            "      os.setsid()\n"
                            "      os.execv('/bin/sleep', ['sleep', '600'])\n"
                            "    os._exit(0)\n"
                            "  os.wait()\n"
                            "  return 'ready'\n"},
                           std::chrono::seconds(20)},
                lease.worker(), RunLimits(), -1, [](Deadline) { return std::optional<Exit>(); });
    BOOST_REQUIRE_MESSAGE(report.outcome.ending == Ending::kReturned, report.outcome.error);
    const pid_t worker = host_pid(lease.worker());
    processes = test::descendants(worker);
    BOOST_TEST(processes.size() >= 4U);
    for (const Process& process : test::all_processes()) {
      if (process.pid == worker) processes.push_back(process);
    }
    lease.await_end();
  }
  BOOST_TEST(await([&processes] { return test::all_gone(processes); }));
}

BOOST_AUTO_TEST_CASE(a_killed_idle_worker_is_replaced) {
  TestPool pool(test::pool_options(1));
  pid_t zygote = -1;
  pid_t used = -1;
  {
    const Lease lease = pool.lease();
    used = host_pid(lease.worker());
    zygote = parent_of(used);
  }
  BOOST_REQUIRE(zygote > 0);
  std::vector<Process> idle;
  BOOST_REQUIRE(await([&idle, zygote, used] {
    idle = workers_of(zygote);
    return idle.size() == 1 && idle[0].pid != used;
  }));
  BOOST_REQUIRE(::kill(idle[0].pid, SIGKILL) == 0);
  BOOST_TEST(
      await([&idle, zygote] { return !test::exists(idle[0]) && workers_of(zygote).size() == 1; }));
  BOOST_TEST((pool.run(Dialect::kFunction, kNothing).outcome.ending == Ending::kReturned));
}

BOOST_AUTO_TEST_CASE(killing_a_zygote_kills_its_workers_and_starts_a_new_one) {
  TestPool pool;
  const Lease lease = pool.lease();
  const pid_t zygote = parent_of(host_pid(lease.worker()));
  BOOST_REQUIRE(zygote > 0);
  const std::vector<Process> workers = workers_of(zygote);
  BOOST_REQUIRE(::kill(zygote, SIGKILL) == 0);
  BOOST_TEST(await([&workers] { return test::all_gone(workers); }));
  RunReport report{.outcome = {}, .delivered = false};
  for (int i = 0; i < 10 && !report.delivered; ++i) {  // workers whose end is not known yet
    report = pool.run(Dialect::kFunction, kNothing);
  }
  BOOST_TEST((report.outcome.ending == Ending::kReturned));
  BOOST_TEST(pool->unhealthy_reason() == "");
}

BOOST_AUTO_TEST_CASE(a_stopped_zygote_is_a_standstill_until_it_continues) {
  TestPool pool;
  pid_t zygote = -1;
  {
    const Lease lease = pool.lease();
    zygote = parent_of(host_pid(lease.worker()));
  }
  BOOST_REQUIRE(zygote > 0);
  BOOST_TEST(pool->stall_reason() == "");
  BOOST_REQUIRE(::kill(zygote, SIGSTOP) == 0);
  BOOST_TEST(await([&pool] { return pool->stall_reason() == "the zygote is stopped"; }));
  BOOST_REQUIRE(::kill(zygote, SIGCONT) == 0);
  BOOST_TEST(await([&pool] { return pool->stall_reason().empty(); }));
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_idle_when_its_zygote_dies_is_not_lent) {
  TestPool pool(test::pool_options(4));
  pid_t zygote = -1;
  {
    const Lease lease = pool.lease();
    zygote = parent_of(host_pid(lease.worker()));
  }
  BOOST_REQUIRE(::kill(zygote, SIGKILL) == 0);
  // Not until it is in trouble: that may have passed before the next look.
  BOOST_REQUIRE(await([&pool] { return pool->state().zygote_losses == 1; }));
  const Lease lease = pool.lease();
  BOOST_TEST(parent_of(host_pid(lease.worker())) != zygote);
}

BOOST_AUTO_TEST_CASE(a_sandbox_that_is_attested_again_keeps_its_zygote) {
  TestPool pool;
  const pid_t zygote = parent_of(host_pid(pool.lease().worker()));
  pool->attest(Deadline::after(test::kHang));
  BOOST_TEST(pool->unhealthy_reason() == "");
  BOOST_TEST(pool->state().zygote_starts == 1U);
  BOOST_TEST(parent_of(host_pid(pool.lease().worker())) == zygote);
}

// Its job cannot be given to another worker, as a request's can.
BOOST_AUTO_TEST_CASE(a_worker_that_is_late_to_take_the_canary_is_waited_for) {
  const auto attest = [](const Worker& worker, const Setup& setup) {
    const pid_t late = host_pid(worker);
    BOOST_TEST(::kill(late, SIGSTOP) == 0);
    const auto continues = std::async(std::launch::async, [late] {
      std::this_thread::sleep_for(kHandOverLimit + std::chrono::milliseconds(500));
      ::kill(late, SIGCONT);
    });
    return attest_sandbox(worker, setup);
  };
  Pool pool(test::pool_options(), attest, [](const std::string&) {});
  pool.start();
  const auto attested = pool.await_attested(Deadline::after(test::kHang));
  BOOST_TEST(attested.has_value(), (attested ? "" : attested.error().text()));
}

BOOST_AUTO_TEST_CASE(a_zygote_whose_sandbox_is_not_attested_any_more_is_replaced) {
  std::atomic<bool> refuse = false;
  std::mutex mutex;
  std::string reports;
  const auto attest = [&refuse](const Worker& worker, const Setup& setup) -> Result<void> {
    if (refuse) return failure("the sandbox is not attested: seccomp is \"0\", not \"2\"");
    return attest_sandbox(worker, setup);
  };
  Pool pool(test::pool_options(2), attest, [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    reports += text + "\n";
  });
  pool.start();
  BOOST_REQUIRE(pool.await_attested(Deadline::after(test::kHang)).has_value());
  pid_t zygote = -1;
  {
    const auto lease = pool.acquire(Deadline::after(test::kHang));
    BOOST_REQUIRE(lease.has_value());
    zygote = parent_of(host_pid(lease->worker()));
  }
  const auto workers = workers_of(zygote);

  refuse = true;
  pool.attest(Deadline::after(test::kHang));
  BOOST_TEST(pool.unhealthy_reason().find("seccomp is") != std::string::npos);
  BOOST_TEST(!pool.acquire(Deadline::after(std::chrono::milliseconds(50))).has_value());
  BOOST_TEST(await([&workers] { return test::all_gone(workers); }));
  BOOST_TEST(await([&] {
    const std::lock_guard lock(mutex);
    return reports.find("seccomp is") != std::string::npos;
  }));

  refuse = false;
  BOOST_TEST(await([&pool] { return pool.unhealthy_reason().empty(); }));
  const auto lease = pool.acquire(Deadline::after(test::kHang));
  BOOST_REQUIRE(lease.has_value());
  BOOST_TEST(parent_of(host_pid(lease->worker())) != zygote);
}

// Every kind of waiter waits on the same condition.
BOOST_AUTO_TEST_CASE(waiting_for_an_exit_does_not_block_acquire) {
  TestPool pool(test::pool_options(1));
  const Lease held = pool.lease();
  auto waiter = std::async(std::launch::async,
                           [&held] { return held.await_exit(Deadline::after(test::kHang)); });
  const auto begun = Clock::now();
  for (int i = 0; i < 10; ++i) {
    const Lease lease = pool.lease();
    BOOST_TEST(!is_gone(lease.worker()));
  }
  BOOST_TEST((Clock::now() - begun < test::kHang));
  kill_worker(held.worker());
  const auto status = waiter.get();
  BOOST_REQUIRE(status.has_value());
  BOOST_TEST(status->wait_status == SIGKILL);
}

BOOST_AUTO_TEST_CASE(acquire_returns_no_worker_after_the_deadline) {
  TestPool pool(test::pool_options(1));
  std::vector<Lease> held;
  for (int i = 0; i < 100; ++i) {
    auto lease = pool->acquire(Deadline::after(Clock::duration::zero()));
    if (!lease) break;
    held.push_back(std::move(*lease));
  }
  BOOST_TEST(held.size() < 100U);
}

BOOST_AUTO_TEST_CASE(descriptors_do_not_grow_with_the_runs) {
  TestPool pool(test::pool_options(2));
  const auto run_once = [&pool] {
    return pool.run(Dialect::kFunction, kNothing).outcome.ending == Ending::kReturned;
  };
  BOOST_REQUIRE(run_once());
  pid_t zygote = -1;
  {
    const Lease lease = pool.lease();
    zygote = parent_of(host_pid(lease.worker()));
  }
  const auto settled = [zygote] { return workers_of(zygote).size() == 2; };
  BOOST_REQUIRE(await(settled));
  // A worker that is on its way here, then or now, makes a difference of its channels.
  const std::size_t most = open_descriptors() + 2 * worker_fds(Tier::kFull);
  int returned = 0;
  for (int i = 0; i < 200; ++i) returned += run_once() ? 1 : 0;
  BOOST_TEST(returned == 200);
  BOOST_TEST(await([most] { return open_descriptors() <= most; }));
}

BOOST_AUTO_TEST_CASE(nothing_of_a_pool_is_left_after_its_end) {
  std::vector<Process> processes;
  {
    TestPool pool;
    (void)pool.run(Dialect::kFunction, kNothing);
    processes = test::descendants(::getpid());
    BOOST_TEST(!processes.empty());
  }
  BOOST_TEST(await([&processes] { return test::all_gone(processes); }));
  for (const Process& process : test::descendants(::getpid())) {
    BOOST_ERROR("process " << process.pid << " is left: " << process.command);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
