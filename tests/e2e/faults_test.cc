// Faults that kill no process, made while clients keep the service busy: stopped processes,
// garbage on sockets, and exhausted resources of the machine.
#include <sys/socket.h>
#include <sys/syscall.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "base/fd.h"
#include "e2e/busy.h"
#include "e2e/held_run.h"
#include "support/execute.h"
#include "support/shortage.h"
#include "wire/job.h"

namespace executor::test {
namespace {

// Takes the place of a process for a moment and sends something on one of its sockets.
bool send_as(const Process& process, int socket, const std::string& bytes) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  const UniqueFd taken(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), socket, 0)));
  return ::send(taken.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == ssize_t(bytes.size());
}

struct BusyAndShort : Busy {
  // The responder, which serves.
  [[nodiscard]] Process responder() const {
    const auto found = with_program(processes(), "python-executor");
    BOOST_REQUIRE(found.size() == 1U);
    return found[0];
  }

  // Takes the responder's memory away until that has met a request.
  [[nodiscard]] Answer refusal_for_want_of_memory() const {
    // Not RLIMIT_AS: glibc's arenas have reserved address space to grow into.
    const Shortage memory(responder().pid, RLIMIT_DATA, 1);
    // More than it has lying about.
    const std::string large = "#" + std::string(900 * kKiB, 'x') + "\ndef main():\n    return 1";
    Answer answer;
    BOOST_TEST(await([&] {
      answer = execute_at(server.port(), large);
      return answer.status() != 200;
    }));
    return answer;
  }
};

// As many at once as may run. Others wait meanwhile, and are refused after queue-wait-seconds.
std::vector<Answer> execute_together(const Server& server, const std::string& script) {
  std::vector<std::future<Answer>> running;
  for (std::size_t i = 0; i < shared_settings().workers; ++i) {
    running.push_back(
        std::async(std::launch::async, [&] { return execute_at(server.port(), script, 20); }));
  }
  std::vector<Answer> answers;
  for (auto& one : running) answers.push_back(one.get());
  return answers;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(faults, BusyAndShort)

BOOST_AUTO_TEST_CASE(stopped_zygotes_are_replaced) {
  const auto victims = zygotes(processes());
  BOOST_TEST(!victims.empty());
  stop_all(victims);
  await_log("the zygote does not answer");
  BOOST_TEST(recovered().dropped == 0U);
}

// Idle ones and such that run: of these the deadline is the end.
BOOST_AUTO_TEST_CASE(stopped_workers_are_replaced) {
  const auto victims = workers(processes());
  BOOST_TEST(!victims.empty());
  stop_all(victims);
  BOOST_TEST(recovered("timeout").dropped == 0U);
}

// They wait for jobs, so nothing of theirs has begun: a job that gets one of them is moved to
// another.
BOOST_AUTO_TEST_CASE(no_script_is_blamed_for_a_worker_that_was_stopped_before_it_came) {
  load.finish();
  const auto victims = workers(processes());
  BOOST_TEST(!victims.empty());
  stop_all(victims);
  for (int round = 0; round < 3; ++round) {
    for (const Answer& answer : execute_together(server, "def main():\n    return 1")) {
      BOOST_TEST(answer.result() == 1, answer.response.body);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_worker_killed_from_outside_has_crashed_and_used_no_memory) {
  auto running = std::async(std::launch::async, [this] {
    return execute_at(server.port(), "def main():\n    " + std::string(kWaitUntilLetGo), 30);
  });
  load.finish();
  await_held(server);  // a job whose worker is killed before it is ready has not begun
  while (running.wait_for(std::chrono::milliseconds(5)) == std::future_status::timeout) {
    signal_all(workers(processes()), SIGKILL);
  }
  check_ended(running.get(), 500, "crashed", "Script was killed by signal 9 (SIGKILL)");
}

BOOST_AUTO_TEST_CASE(garbage_on_the_control_sockets_replaces_the_zygotes) {
  for (const Process& zygote : zygotes(processes())) {
    for (int fd = 3; fd < 16 && !send_as(zygote, fd, "garbage"); ++fd) {
    }
  }
  await_log("read the zygote's message: it is not one");
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(garbage_on_the_job_sockets_of_waiting_workers_reaches_no_client) {
  int sent = 0;
  for (int round = 0; round < 20; ++round) {
    for (const Process& worker : workers(processes())) sent += send_as(worker, kJobSocket, "x");
  }
  BOOST_TEST(sent > 0);
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(zygotes_that_cannot_fork_are_replaced) {
  for (const Process& zygote : zygotes(processes())) {
    rlimit before{};
    BOOST_REQUIRE(::prlimit(zygote.pid, RLIMIT_NPROC, nullptr, &before) == 0);
    const rlimit lowered{0, before.rlim_max};
    BOOST_REQUIRE(::prlimit(zygote.pid, RLIMIT_NPROC, &lowered, nullptr) == 0);
  }
  await_log("no worker could be made, 10 times in a row");
  BOOST_TEST(recovered().dropped == 0U);
}

// As long as it lasts no worker can be taken on, and every request is refused at once.
BOOST_AUTO_TEST_CASE(a_responder_without_descriptors_refuses_and_serves_again) {
  {
    const Shortage descriptors(responder().pid, RLIMIT_NOFILE, 16);
    BOOST_TEST(await([this] { return get(server.port(), "/health").status == 503; }));
    const Answer refused = execute_at(server.port(), "def main():\n    return 1");
    check_refused(refused, 503, "overloaded", "Server is at capacity");
  }
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(without_processes_it_refuses_and_serves_again_when_there_are_some) {
  {
    const Shortage processes_left(responder().pid, RLIMIT_NPROC, 1);
    signal_all(zygotes(processes()), SIGKILL);
    await_log("Resource temporarily unavailable");
    BOOST_TEST(await([this] { return get(server.port(), "/health").status == 503; }));
    const Answer refused = execute_at(server.port(), "def main():\n    return 1");
    check_refused(refused, 503, "overloaded", "Server is at capacity");
  }
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(what_exits_while_there_is_no_process_for_another_is_started_again_later) {
  for (const std::string name : {"python-executor", "nginx"}) {
    const auto victims = name == "nginx" ? with_command(processes(), "nginx: master")
                                         : with_program(processes(), name);
    BOOST_TEST_REQUIRE(victims.size() == 1U);
    const std::string who = name == "nginx" ? "nginx" : "the responder";
    {
      const Shortage processes_left(server.pid(), RLIMIT_NPROC, 1);
      signal_all(victims, SIGKILL);
      await_log(who + " could not be started: Resource temporarily unavailable");
    }
    const std::uint64_t before = load.right();
    BOOST_TEST(await([&] { return load.right() > before + 5; }));
  }
  recovered();
}

BOOST_AUTO_TEST_CASE(runs_of_one_request_take_turns_where_no_thread_can_be_made_for_them) {
  const std::string body =
      R"({"script": "def main():\n    return 6 * 7", "runs": [{}, {}, {}, {}]})";
  const Shortage threads(responder().pid, RLIMIT_NPROC, 1);
  const Response answer = post_json(server.port(), "/execute", body);
  BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
  const auto runs = answer.json().at("runs").as_array();
  BOOST_TEST(runs.size() == 4U);
  for (const auto& run : runs) BOOST_TEST(run.at("result").as_int64() == 42);
}

// One request meets it, and so does perhaps a part that the responder cannot do without.
BOOST_AUTO_TEST_CASE(a_responder_without_memory_refuses_and_serves_again) {
  const Answer refused = refusal_for_want_of_memory();
  BOOST_TEST((refused.status() == 500 || refused.status() == 502 || refused.status() == 503));
  BOOST_TEST(refused.has("error"));
  BOOST_TEST(recovered().dropped == 0U);
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_body_for_which_there_is_no_memory_is_not_the_responders_end) {
  load.finish();
  const Process victim = responder();
  check_refused(refusal_for_want_of_memory(), 500, "internal", "Internal error");
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
  BOOST_TEST(exists(victim));
}

BOOST_AUTO_TEST_CASE(full_scratch_spaces_are_their_scripts_concern_alone) {
  const auto answers = execute_together(server, R"py(
def main():
    for i in range(1000):
        with open(f"file{i}", "wb") as file:
            file.write(bytes(1 << 20))
)py");
  for (const Answer& answer : answers) {
    check_ended(answer, 500, "file_limit", "Script exceeded the file size limit");
  }
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(runs_without_memory_are_their_scripts_concern_alone) {
  const auto answers = execute_together(server, R"py(
import os
def main():
    for _ in range(4):
        if os.fork() == 0:
            held = bytearray(os.urandom(4096)) * (200 << 8)
            while True: pass
    while True: pass
)py");
  for (const Answer& answer : answers) {
    check_ended(answer, 500, "memory_limit", "Script exceeded the memory limit of 512 MB");
  }
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
