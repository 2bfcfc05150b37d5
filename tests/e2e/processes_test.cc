// Limits on processes, runs that fork, and ends by signal. After each test the next request works.
#include <string>

#include "e2e/limits.h"

namespace executor::test {
namespace {

void check_crashed(const Answer& answer, std::string_view signal) {
  check_ended(answer, 500, "crashed", "Script was killed by signal " + std::string(signal));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(limits_on_processes, NextRequestWorks)

BOOST_AUTO_TEST_CASE(processes_are_limited) {
  const auto result = result_of(main_of(R"py(    for count in range(10_000):
        try:
            if os.fork() == 0:
                signal.pause()
        except OSError as error:
            return [error.errno, count]
)py"));
  BOOST_TEST_REQUIRE(result.is_array());
  BOOST_TEST(result.at(0) == EAGAIN);
  BOOST_TEST(result.at(1).as_int64() < std::int64_t(limits().processes));
  BOOST_TEST(result.at(1).as_int64() >= std::int64_t(limits().processes / 2));
}

BOOST_AUTO_TEST_CASE(threads_count_as_processes) {
  const auto result = result_of(main_of(R"py(    stop = threading.Event()
    count = 0
    try:
        while count < 10_000:
            threading.Thread(target=stop.wait, daemon=True).start()
            count += 1
    except RuntimeError:
        return count
    finally:
        stop.set()
)py"));
  BOOST_TEST_REQUIRE(result.is_int64());
  BOOST_TEST(result.as_int64() < std::int64_t(limits().processes));
}

BOOST_AUTO_TEST_CASE(a_fork_bomb_is_a_timeout) {
  check_timeout(execute(main_of("    while True:\n        try:\n            os.fork()\n"
                                "        except OSError:\n            pass"),
                        1));
}

BOOST_AUTO_TEST_CASE(a_fork_bomb_of_the_shell_is_answered) {
  const Answer answer = execute(main_of("    os.system('f() { f | f & f; }; f')"), 1);
  BOOST_TEST(answer.error_type() != "internal");
  BOOST_TEST((answer.status() == 200 || answer.status() == 500), answer.response.body);
}

BOOST_AUTO_TEST_CASE(a_main_that_forks_and_returns_twice_has_one_answer_the_first_processes) {
  const Answer answer = execute(main_of("    return 'child' if os.fork() == 0 else 'parent'"));
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.result() == "parent");
}

BOOST_AUTO_TEST_CASE(a_child_that_returns_from_main_before_its_parent_does_not_answer_for_it) {
  const Answer answer = execute(main_of(R"py(    child = os.fork()
    if child == 0:
        return 'child'
    os.waitpid(child, 0)
    return 'parent'
)py"));
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.result() == "parent");
}

BOOST_AUTO_TEST_CASE(a_child_that_fails_does_not_fail_the_run) {
  const Answer answer = execute(main_of(R"py(    child = os.fork()
    if child == 0:
        raise ValueError('child')
    os.waitpid(child, 0)
    return 'parent'
)py"));
  BOOST_TEST(answer.result() == "parent");
}

BOOST_AUTO_TEST_CASE(a_first_process_that_exits_ends_the_run_whatever_its_child_does) {
  check_ended(execute(main_of("    if os.fork() == 0:\n        signal.pause()\n    os._exit(4)")),
              400, "exited", "Script exited with status 4 before main() returned");
}

BOOST_AUTO_TEST_CASE(a_forking_program_has_the_output_of_both) {
  const Answer answer = run_program(R"py(
import os
child = os.fork()
if child:
    os.waitpid(child, 0)
print('parent' if child else 'child')
)py");
  BOOST_TEST(answer.output() == "child\nparent\n");
  BOOST_TEST(answer.body.at("error").is_null());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(ends_by_signal, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_segmentation_fault_is_a_crash) {
  check_crashed(execute("import ctypes\ndef main():\n    ctypes.string_at(0)"), "11 (SIGSEGV)");
}

BOOST_AUTO_TEST_CASE(an_abort_is_a_crash) {
  const Answer answer = execute(main_of("    print('x')\n    os.abort()"));
  check_crashed(answer, "6 (SIGABRT)");
  BOOST_TEST(answer.out() == "x\n");
}

BOOST_AUTO_TEST_CASE(a_signal_that_a_script_sends_itself_is_a_crash) {
  check_crashed(execute(main_of("    os.kill(os.getpid(), signal.SIGTERM)\n    signal.pause()")),
                "15 (SIGTERM)");
  check_crashed(execute(main_of("    signal.raise_signal(signal.SIGALRM)\n    signal.pause()")),
                "14 (SIGALRM)");
}

BOOST_AUTO_TEST_CASE(so_are_those_that_have_no_handlers) {
  for (const auto& [sent, name] : {std::pair("SIGSEGV", "11 (SIGSEGV)"),
                                   {"SIGBUS", "7 (SIGBUS)"},
                                   {"SIGFPE", "8 (SIGFPE)"},
                                   {"SIGILL", "4 (SIGILL)"},
                                   {"SIGKILL", "9 (SIGKILL)"},
                                   {"SIGXCPU", "24 (SIGXCPU)"},
                                   {"SIGRTMIN", "34"}}) {
    for (const std::string how :
         {"os.kill(os.getpid(), signal.", "signal.raise_signal(signal.", "os.killpg(0, signal."}) {
      BOOST_TEST_CONTEXT(how << sent) {
        check_crashed(execute(main_of("    " + how + sent + ")")), name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(so_are_those_whose_default_action_a_script_has_asked_for_again) {
  const auto with_default = [](const std::string& signal, const std::string& rest) {
    const std::string name = "signal." + signal;
    return execute(main_of("    signal.signal(" + name + ", lambda *_: None)\n    signal.signal(" +
                           name + ", signal.SIG_DFL)\n    print(signal.getsignal(" + name +
                           "))\n    " + rest));
  };
  check_crashed(with_default("SIGTERM", "os.kill(os.getpid(), signal.SIGTERM)"), "15 (SIGTERM)");
  check_crashed(with_default("SIGINT", "signal.raise_signal(signal.SIGINT)"), "2 (SIGINT)");
  check_crashed(
      with_default("SIGALRM", "signal.setitimer(signal.ITIMER_REAL, .01)\n    signal.pause()"),
      "14 (SIGALRM)");
  check_crashed(
      with_default("SIGPIPE",
                   "ends = os.pipe()\n    os.close(ends[0])\n    os.write(ends[1], b'x')"),
      "13 (SIGPIPE)");
  check_crashed(
      with_default("SIGTERM",
                   "if os.fork() == 0: os.kill(os.getppid(), signal.SIGTERM)\n    signal.pause()"),
      "15 (SIGTERM)");
}

BOOST_AUTO_TEST_CASE(a_child_ends_by_the_signal_that_it_sends_itself) {
  check_returns(R"(import os, signal
def main():
    statuses = []
    for number in (signal.SIGTERM, signal.SIGSEGV, signal.SIGKILL, signal.SIGPIPE):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            os._exit(0)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return statuses
)",
                "[-15, -11, -9, -13]");
}

BOOST_AUTO_TEST_CASE(signals_that_end_nothing_do_not) {
  check_returns(R"(import os, signal
def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD, signal.SIGWINCH, 0):
        os.kill(os.getpid(), number)
    os.killpg(0, signal.SIGURG)
    return [number.name for number in signal.sigpending()]
)",
                R"(["SIGTERM"])");
}

BOOST_AUTO_TEST_CASE(a_signal_that_the_script_handles_is_no_ending) {
  const Answer answer = execute(main_of(R"py(    seen = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    os.kill(os.getpid(), signal.SIGTERM)
    return seen
)py"));
  BOOST_TEST(answer.result() == json("[15]"));
}

BOOST_AUTO_TEST_CASE(a_stack_overflow_in_c_is_a_crash) {
  const Answer answer = execute(
      "import sys\nsys.setrecursionlimit(10 ** 9)\ndef main():\n    x = ()\n"
      "    for _ in range(10 ** 7): x = (x,)\n    return hash(x)");
  BOOST_TEST_CONTEXT(answer.error()) {
    BOOST_TEST(answer.error_type() != "internal");
    BOOST_TEST(answer.status() >= 400);
  }
}

BOOST_AUTO_TEST_CASE(a_child_that_is_killed_does_not_end_the_run) {
  const Answer answer =
      execute(main_of("    return subprocess.run(['sh', '-c', 'kill -SEGV $$']).returncode"));
  BOOST_TEST(answer.result() == -SIGSEGV);
}

BOOST_AUTO_TEST_CASE(a_script_that_dies_of_what_it_is_not_allowed_to_do_gets_an_error_instead) {
  const Answer answer = execute(R"py(
import ctypes
def main():
    libc = ctypes.CDLL(None, use_errno=True)
    denied = []
    for name, number in (('mount', 165), ('ptrace', 101), ('reboot', 169), ('bpf', 321),
                         ('keyctl', 250), ('unshare', 272), ('setns', 308), ('io_uring_setup', 425)):
        if libc.syscall(number, 0, 0, 0, 0, 0) < 0 and ctypes.get_errno() in (1, 38):
            denied.append(name)
    return denied
)py");
  BOOST_TEST(answer.result() == json(R"(["mount", "ptrace", "reboot", "bpf", "keyctl", "unshare",
                                         "setns", "io_uring_setup"])"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
