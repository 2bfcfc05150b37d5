// Workers that are killed at every stage of a job, that never answer, or whose job socket says what
// no worker says. The test is the worker: it has the other ends of its channels, and a process that
// does nothing stands for it.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <string>

#include "execution/run.h"
#include "support/boost_test.h"
#include "support/sandbox.h"
#include "wire/job.h"

namespace executor {
namespace {

using std::chrono::milliseconds;

// Far more than a socket holds, so that a receiver that does not read it blocks the sender.
constexpr std::size_t kLarge = 4 << 20;

class FakeWorker {
 public:
  explicit FakeWorker(bool sealed = true) {
    auto job = packet_socketpair();
    BOOST_REQUIRE(job.has_value());
    job_ = std::move(job->second);
    std::vector<UniqueFd> ours;
    ours.push_back(std::move(job->first));
    for (UniqueFd* pipe : {&out_, &err_}) {
      int ends[2];
      BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
      ours.emplace_back(ends[0]);
      pipe->reset(ends[1]);
    }
    process_ = ::fork();
    if (process_ == 0) {
      for (;;) ::pause();
    }
    ours.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
    worker_ = take_worker(1, std::move(ours));
    worker_.sealed = sealed;
  }
  FakeWorker(const FakeWorker&) = delete;
  FakeWorker& operator=(const FakeWorker&) = delete;
  ~FakeWorker() {
    die();
    ::waitpid(process_, nullptr, 0);
  }

  // As the kernel does it: the process ends, and with it its ends of the channels.
  void die() {
    job_.reset();
    out_.reset();
    err_.reset();
    ::kill(process_, SIGKILL);
  }
  // Reads one packet; empty when there will be none.
  std::string receive() {
    auto packet = receive_packet(job_.get());
    return packet && *packet ? (*packet)->bytes : "";
  }
  // Reads the job to its end.
  JobReader take_job() {
    JobReader reader;
    while (reader.feed(receive()) == JobReader::State::kMore) {
    }
    return reader;
  }
  void send(const std::string& packet) const {
    BOOST_TEST(send_packet(job_.get(), packet).has_value());
  }
  void write(const std::string& text) const {
    BOOST_TEST(::write(out_.get(), text.data(), text.size()) == ssize_t(text.size()));
  }
  void close_job_socket() { job_.reset(); }

  // Hands the job over and runs it, in a thread of its own.
  std::future<RunReport> start(const std::string& source, milliseconds timeout = test::kHang) {
    return std::async(std::launch::async, [this, source, timeout] {
      return run_job(RunRequest{{Dialect::kFunction, source}, timeout}, worker_, RunLimits(), -1,
                     [](Deadline) { return std::optional(Exit{SIGKILL}); });
    });
  }

 private:
  UniqueFd job_, out_, err_;
  pid_t process_ = -1;
  Worker worker_;
};

std::vector<std::string> returned(const std::string& result, const Nonce& nonce) {
  return encode(Claim{ClaimKind::kReturned, 0, result, {}, {}}, nonce);
}

void check_crashed(const RunReport& report) {
  BOOST_TEST(report.delivered);
  BOOST_TEST((report.outcome.ending == Ending::kCrashed));
  BOOST_TEST(report.outcome.error == crashed_text(SIGKILL));
}

BOOST_AUTO_TEST_SUITE(worker_faults_test)

BOOST_AUTO_TEST_CASE(killed_before_it_is_ready_its_job_can_be_given_to_another) {
  FakeWorker worker(false);
  auto running = worker.start("pass");
  (void)worker.take_job();  // sent; whether it was read does not matter
  worker.die();
  const RunReport report = running.get();
  BOOST_TEST(!report.delivered);
  BOOST_TEST(!report.unresponsive);
}

BOOST_AUTO_TEST_CASE(killed_while_it_receives_its_job_can_be_given_to_another) {
  FakeWorker worker;
  auto running = worker.start(std::string(kLarge, '#'));
  BOOST_TEST(worker.receive() != "");
  worker.die();
  const RunReport report = running.get();
  BOOST_TEST(!report.delivered);
  BOOST_TEST(!report.unresponsive);
}

BOOST_AUTO_TEST_CASE(killed_while_it_runs_it_has_crashed_and_what_it_wrote_is_kept) {
  FakeWorker worker;
  auto running = worker.start("pass");
  (void)worker.take_job();
  worker.write("so far");
  worker.die();
  const RunReport report = running.get();
  check_crashed(report);
  BOOST_TEST(report.outcome.out == "so far");
}

BOOST_AUTO_TEST_CASE(killed_while_it_answers_it_has_crashed) {
  FakeWorker worker;
  auto running = worker.start("pass");
  const auto packets = returned('"' + std::string(kLarge, 'x') + '"', worker.take_job().nonce());
  BOOST_REQUIRE(packets.size() > 3U);
  for (std::size_t i = 0; i < packets.size() / 2; ++i) worker.send(packets[i]);
  worker.die();
  check_crashed(running.get());
}

BOOST_AUTO_TEST_CASE(killed_when_it_has_answered_its_answer_counts) {
  FakeWorker worker;
  auto running = worker.start("pass");
  for (const std::string& packet : returned("42", worker.take_job().nonce())) worker.send(packet);
  worker.die();
  const RunReport report = running.get();
  BOOST_TEST((report.outcome.ending == Ending::kReturned));
  BOOST_TEST(report.outcome.result_json == "42");
}

// SIGSTOP, for example. No other request may wait for the script's whole time, and the script must
// not be blamed.
BOOST_AUTO_TEST_CASE(an_unresponsive_worker_is_given_up_without_blaming_the_script) {
  for (const bool sealed : {true, false}) {
    FakeWorker worker(sealed);
    const RunReport report = worker.start("pass", milliseconds(100)).get();
    BOOST_TEST(!report.delivered);
    BOOST_TEST(report.unresponsive);
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_stops_while_receiving_the_job_is_given_up) {
  FakeWorker worker;
  auto running = worker.start(std::string(kLarge, '#'));
  BOOST_TEST(worker.receive() != "");
  const RunReport report = running.get();
  BOOST_TEST(!report.delivered);
  BOOST_TEST(report.unresponsive);
}

BOOST_AUTO_TEST_CASE(a_script_has_its_whole_time_however_late_the_worker_takes_the_job) {
  constexpr milliseconds kTime(500);
  FakeWorker worker(false);
  auto running = worker.start("pass", kTime);
  BOOST_TEST((running.wait_for(kTime + milliseconds(100)) == std::future_status::timeout));
  const auto taken = Clock::now();
  (void)worker.take_job();
  const RunReport report = running.get();
  BOOST_TEST((report.outcome.ending == Ending::kTimeout));
  // Not less than half of it, however late this thread or the other was.
  BOOST_TEST((Clock::now() - taken >= kTime / 2));
}

BOOST_AUTO_TEST_CASE(a_worker_that_stops_with_the_job_is_ended_by_the_deadline) {
  FakeWorker worker;
  auto running = worker.start("pass", milliseconds(200));
  worker.write("so far");
  (void)worker.take_job();
  const RunReport report = running.get();
  BOOST_TEST((report.outcome.ending == Ending::kTimeout));
  BOOST_TEST(report.outcome.out == "so far");
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_on_the_job_socket_changes_nothing) {
  FakeWorker worker;
  auto running = worker.start("pass");
  const Nonce nonce = worker.take_job().nonce();
  Nonce other = nonce;
  other[0] ^= 1;
  worker.send("garbage");
  worker.send(encode(Announcement{.warm = false, .failure = "a second announcement"}));
  for (const std::string& packet : returned("1", other)) worker.send(packet);
  for (const std::string& packet : returned("42", nonce)) worker.send(packet);
  BOOST_TEST(running.get().outcome.result_json == "42");
}

BOOST_AUTO_TEST_CASE(a_closed_job_socket_is_no_answer) {
  FakeWorker worker;
  auto running = worker.start("pass", milliseconds(200));
  (void)worker.take_job();
  worker.close_job_socket();
  BOOST_TEST((running.get().outcome.ending == Ending::kTimeout));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
