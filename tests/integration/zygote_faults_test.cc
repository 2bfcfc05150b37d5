// Zygotes that send garbage on their control socket, or nothing at all. A script stands for the
// runner and misbehaves once it has received its setup; the real one comes after it.
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <string>

#include "execution/attest_sandbox.h"
#include "execution/pool.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using test::await;

std::string hex(const std::string& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::string send(const std::string& bytes) {
  return "control.send(bytes.fromhex('" + hex(bytes) + "'))\n";
}

const std::string kReady = send(encode(FromZygote(Ready{"3.11.2"})));

// A pool whose first zygote, or as many as there are while mend() was not called, does `acts`, in
// Python, and then nothing more.
class Faulty {
 public:
  enum class Heals : std::uint8_t { kByItself, kWhenMended };
  explicit Faulty(const std::string& acts, Heals heals = Heals::kByItself)
      : pool_(options(acts, heals), attest_sandbox, [this](const std::string& text) {
          const std::lock_guard lock(mutex_);
          reports_ += text + "\n";
        }) {
    pool_.start();
  }

  Pool& pool() { return pool_; }
  void mend() { std::ofstream(scratch_.path("mended")); }
  bool has_reported(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return reports_.find(text) != std::string::npos;
  }
  // Fails the test unless it is reported and repaired, and nothing is left of what misbehaved.
  void check_healed(const std::string& report) {
    BOOST_TEST(await([&] { return has_reported(report); }), report);
    BOOST_TEST(await([this] { return pool_.unhealthy_reason().empty(); }));
    const auto lease = pool_.acquire(Deadline::after(test::kHang));
    BOOST_REQUIRE(lease.has_value());
    const RunRequest job{{Dialect::kFunction, "def main(): return 42"}, test::kHang};
    const RunReport run =
        run_job(job, lease->worker(), RunLimits(), -1, [](Deadline) { return std::nullopt; });
    BOOST_TEST(run.outcome.result_json == "42");
    const auto left = test::with_command(test::descendants(::getpid()), "/usr/bin/python3");
    BOOST_TEST(left.empty());
  }

 private:
  PoolOptions options(const std::string& acts, Heals heals) const {
    PoolOptions options = test::pool_options();
    const std::string mended = scratch_.path("mended");
    const std::string real = options.jail.runner;
    const std::string self = heals == Heals::kByItself ? "open('" + mended + "', 'w')\n" : "";
    options.jail.runner = scratch_.file("runner",
                                        "#!/usr/bin/python3\n"
                                        "import os, signal, socket\n"
                                        "if os.path.exists('" +
                                            mended +
                                            "'):\n"
                                            "    os.execv('" +
                                            real + "', ['runner'])\n" + self +
                                            "control = socket.socket(fileno=0)\n"
                                            "control.recv(65536)\n" +
                                            acts + "while True: signal.pause()\n");
    options.setup.tier = Tier::kNamespaces;
    return options;
  }

  const test::Scratch scratch_;
  std::mutex mutex_;
  std::string reports_;
  Pool pool_;
};

BOOST_AUTO_TEST_SUITE(zygote_faults_test)

BOOST_AUTO_TEST_CASE(a_zygote_that_never_makes_a_worker_is_noticed_and_replaced) {
  Faulty(kReady).check_healed("the zygote does not answer");
}

BOOST_AUTO_TEST_CASE(garbage_on_the_control_socket_is_the_zygotes_end) {
  Faulty(kReady + send("garbage")).check_healed("it is not one");
}

BOOST_AUTO_TEST_CASE(a_message_that_is_not_a_zygotes_is_its_end) {
  Faulty(kReady + send(encode(ToZygote(Spawn{1})))).check_healed("it is not one");
}

BOOST_AUTO_TEST_CASE(a_worker_without_its_channels_is_the_zygotes_end) {
  Faulty(kReady + send(encode(FromZygote(WorkerStarted{1}))))
      .check_healed("wrong number of descriptors");
}

BOOST_AUTO_TEST_CASE(garbage_instead_of_the_first_answer_is_the_zygotes_end) {
  Faulty(send("garbage")).check_healed("it is not one");
}

BOOST_AUTO_TEST_CASE(a_zygote_that_cannot_fork_is_replaced_and_it_is_said_why) {
  Faulty(kReady + send(encode(FromZygote(ZygoteFailed{"clone a worker: no more processes", 0}))))
      .check_healed("clone a worker: no more processes");
}

// Each pause is twice as long as the one before, from a tenth of a second.
BOOST_AUTO_TEST_CASE(a_fault_that_stays_is_met_with_longer_and_longer_pauses) {
  const auto begun = Clock::now();
  Faulty faulty(kReady + send("garbage"), Faulty::Heals::kWhenMended);
  BOOST_TEST(await([&] { return faulty.pool().state().zygote_losses >= 5; }));
  BOOST_TEST((Clock::now() - begun > std::chrono::milliseconds(100 + 200 + 400 + 800)));
  BOOST_TEST(!faulty.pool().unhealthy_reason().empty());
  faulty.mend();
  faulty.check_healed("it is not one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
