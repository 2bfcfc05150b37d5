// Limits on time, memory, output and files. After each test the next request works.
#include <chrono>
#include <string>

#include "e2e/limits.h"
#include "wire/limits.h"

namespace executor::test {
namespace {

void check_memory_limit(const Answer& answer) {
  check_ended(answer, 500, "memory_limit",
              "Script exceeded the memory limit of " + number(limits().memory_limit_mb) + " MB");
}

void check_file_limit(const Answer& answer) {
  check_ended(answer, 500, "file_limit", "Script exceeded the file size limit");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(limits_on_time, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_timeout_returns_what_was_written_to_both_streams_so_far) {
  const Answer answer = execute(main_of(R"py(    print('line')
    print('no newline', end='')
    sys.stderr.write('warning')
    while True: pass
)py"),
                                3);
  check_timeout(answer);
  BOOST_TEST(answer.out() == "line\nno newline");
  BOOST_TEST(answer.err() == "warning");
}

BOOST_AUTO_TEST_CASE(time_runs_at_the_top_level_too) {
  check_timeout(execute("x = 1\nwhile x: pass\ndef main(): pass", 0.3));
}

BOOST_AUTO_TEST_CASE(a_script_that_waits_is_a_timeout) {
  check_timeout(execute(main_of("    signal.pause()"), 0.3));
  check_timeout(execute(main_of("    threading.Event().wait()"), 0.3));
  check_timeout(
      execute("import asyncio\nasync def main():\n    await asyncio.Event().wait()", 0.3));
}

BOOST_AUTO_TEST_CASE(a_script_that_ignores_every_signal_and_exception_is_a_timeout) {
  check_timeout(execute(main_of(R"py(    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except OSError:
            pass
    while True:
        try:
            while True: pass
        except BaseException:
            pass
)py"),
                        0.5));
}

BOOST_AUTO_TEST_CASE(a_single_long_call_into_c_is_a_timeout) {
  check_timeout(execute(main_of("    return pow(3, 10 ** 9) % 2"), 0.5));
  check_timeout(execute("import re\ndef main():\n    re.match('(a+)+$', 'a' * 64 + 'b')", 0.5));
}

BOOST_AUTO_TEST_CASE(a_single_long_call_while_compiling_is_a_timeout) {
  const std::string deep =
      "def main():\n    return " + std::string(90, '(') + "9**9**9**9" + std::string(90, ')');
  const Answer answer = execute(deep, 0.5);
  BOOST_TEST((answer.error_type() == "timeout" || answer.error_type() == "memory_limit"));
}

BOOST_AUTO_TEST_CASE(a_child_that_outlives_main_does_not_delay_the_answer) {
  const auto start = std::chrono::steady_clock::now();
  const Answer answer =
      execute(main_of(R"py(    subprocess.Popen(['sleep', '25'], start_new_session=True)
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    print('out')
    return 'returned'
)py"));
  BOOST_TEST(answer.result() == "returned");
  BOOST_TEST(answer.out() == "out\n");
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(15)));
}

BOOST_AUTO_TEST_CASE(a_thread_that_never_ends_does_not_hold_up_the_answer) {
  const Answer answer =
      execute(main_of("    threading.Thread(target=threading.Event().wait).start()\n"
                      "    return 'returned'"),
              2);
  // Python itself would wait for such a thread; either ending is an answer within the timeout.
  BOOST_TEST((answer.result() == "returned" || answer.error_type() == "timeout"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(limits_on_memory, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_memory_error_of_one_large_block_is_the_memory_limit) {
  check_memory_limit(
      execute(main_of("    bytearray(" + number(limits().memory_limit_mb + 100) + " << 20)")));
}

BOOST_AUTO_TEST_CASE(a_memory_error_of_many_small_blocks_is_the_memory_limit) {
  check_memory_limit(
      execute(main_of("    kept = []\n    while True: kept.append(bytearray(100000))")));
}

BOOST_AUTO_TEST_CASE(a_memory_error_of_numpy_is_the_memory_limit) {
  check_memory_limit(execute("import numpy\ndef main():\n    numpy.ones((" +
                             number(limits().memory_limit_mb + 100) + ", 1 << 17))"));
}

BOOST_AUTO_TEST_CASE(a_memory_error_that_is_caught_is_no_ending) {
  const Answer answer =
      execute(main_of("    try:\n        bytearray(1 << 40)\n"
                      "    except MemoryError:\n        return 'caught'"));
  BOOST_TEST(answer.result() == "caught");
}

BOOST_AUTO_TEST_CASE(most_of_the_memory_can_be_used) {
  const Answer answer = execute(
      main_of("    return len(bytearray(" + number(limits().memory_limit_mb * 3 / 5) + " << 20))"));
  BOOST_TEST(answer.status() == 200, answer.response.body);
}

BOOST_AUTO_TEST_CASE(shared_memory_without_a_name_counts_as_scratch_space) {
  const Answer answer = execute("import mmap\ndef main():\n    mmap.mmap(-1, " +
                                number(limits().memory_limit_mb + 100) + " << 20)");
  check_ended(answer, 400, "exception", "OSError: [Errno 12] Cannot allocate memory");
}

// Each child is within the limit, all of them together are far beyond it.
BOOST_AUTO_TEST_CASE(memory_of_children_counts_as_the_runs) {
  const std::size_t each = limits().memory_limit_mb / 2;
  check_memory_limit(
      execute(main_of("    for _ in range(4):\n        if os.fork() == 0:\n"
                      "            kept = bytearray(b'x') * (" +
                      number(each) + " << 20)\n            signal.pause()\n    signal.pause()"),
              20));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(limits_on_output, NextRequestWorks)

BOOST_AUTO_TEST_CASE(too_much_stdout_is_answered_with_what_was_written_up_to_the_limit) {
  const Answer answer = execute(main_of("    while True: print('x' * 1023)"));
  check_ended(answer, 500, "output_limit", "Script wrote more than 1 MB to stdout");
  std::string expected;
  while (expected.size() < limits().max_output_kb * kKiB) expected += std::string(1023, 'x') + "\n";
  BOOST_TEST((answer.out() == expected));
}

BOOST_AUTO_TEST_CASE(too_much_stderr_is_answered_with_what_was_written_up_to_the_limit) {
  const Answer answer =
      execute(main_of("    print('out')\n    while True: sys.stderr.write('x' * 1024)"));
  check_ended(answer, 500, "output_limit", "Script wrote more than 1 MB to stderr");
  BOOST_TEST(answer.out() == "out\n");
  BOOST_TEST(answer.err().starts_with("xxxx"));
  BOOST_TEST(answer.err().size() <= limits().max_output_kb * kKiB);
}

BOOST_AUTO_TEST_CASE(output_of_exactly_the_limit_is_no_ending) {
  const std::size_t limit = limits().max_output_kb * kKiB;
  const Answer answer =
      execute(main_of("    sys.stdout.write('x' * " + number(limit) + ")\n    return 'whole'"));
  BOOST_TEST(answer.result() == "whole");
  BOOST_TEST(answer.out().size() == limit);
}

BOOST_AUTO_TEST_CASE(one_byte_more_than_the_limit_is_the_limit_even_when_main_returns) {
  const std::size_t limit = limits().max_output_kb * kKiB;
  const Answer answer = execute(main_of("    sys.stdout.write('x' * " + number(limit + 1) + ")"));
  BOOST_TEST(answer.error_type() == "output_limit");
  BOOST_TEST(answer.out().size() == limit);
}

BOOST_AUTO_TEST_CASE(a_cut_never_splits_a_character) {
  const std::size_t limit = limits().max_output_kb * kKiB;
  const Answer answer = execute(main_of("    print('a' + 'é' * " + number(limit) + ")"));
  BOOST_TEST(answer.error_type() == "output_limit");
  // The limit is even and the text starts with one byte: the last character does not fit.
  BOOST_TEST(answer.out().size() == limit - 1);
  BOOST_TEST(answer.out().ends_with("é"));
  BOOST_TEST(answer.out().find("\uFFFD") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(output_of_children_counts_as_the_runs) {
  BOOST_TEST(execute(main_of("    os.system('yes')")).error_type() == "output_limit");
}

BOOST_AUTO_TEST_CASE(a_result_beyond_its_limit_is_the_output_limit_and_keeps_the_output) {
  const Answer answer = execute(
      main_of("    print('made')\n    return 'x' * " + number(limits().max_result_kb * kKiB + 1)));
  check_ended(answer, 500, "output_limit",
              "Script returned more than " + number(limits().max_result_kb / kKiB) + " MB");
  BOOST_TEST(answer.out() == "made\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(limits_on_files, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_file_beyond_its_size_is_the_file_limit) {
  const Answer answer =
      execute(main_of("    print('x')\n    with open('file', 'wb') as file:\n"
                      "        for _ in range(" +
                      number(limits().file_size_limit_mb + 1) + "): file.write(bytes(1 << 20))"));
  check_file_limit(answer);
  BOOST_TEST(answer.out() == "x\n");
}

BOOST_AUTO_TEST_CASE(a_file_below_its_size_is_written) {
  const Answer answer =
      execute(main_of("    with open('file', 'wb') as file:\n        file.write(bytes(" +
                      number(limits().file_size_limit_mb - 1) +
                      " << 20))\n    return os.path.getsize('file') >> 20"));
  BOOST_TEST(answer.result() == limits().file_size_limit_mb - 1);
}

BOOST_AUTO_TEST_CASE(a_file_limit_that_is_caught_is_no_ending) {
  const Answer answer =
      execute(main_of("    try:\n        with open('file', 'wb', buffering=0) as file:\n"
                      "            while True: file.write(bytes(1 << 20))\n"
                      "    except OSError as error:\n        return error.errno"));
  BOOST_TEST(answer.result() == EFBIG);
}

BOOST_AUTO_TEST_CASE(a_full_scratch_directory_is_the_file_limit_in_every_place) {
  for (const char* place : {".", "/tmp", "/dev/shm"}) {
    BOOST_TEST_CONTEXT(place) {
      check_file_limit(execute(
          main_of("    for name in range(1000):\n        with open(f'" + std::string(place) +
                  "/{name}', 'wb') as file:\n            file.write(bytes(8 << 20))")));
    }
  }
}

BOOST_AUTO_TEST_CASE(scratch_is_limited_in_the_number_of_files_too) {
  const Answer answer = execute(main_of(R"py(    for name in range(10_000_000):
        open(str(name), 'w').close()
)py"),
                                20);
  check_file_limit(answer);
}

BOOST_AUTO_TEST_CASE(a_run_may_have_exactly_as_many_files_as_the_limit_says) {
  const auto result = result_of(main_of(R"py(    count = 0
    try:
        while True:
            open(str(count), 'w').close()
            count += 1
    except OSError as error:
        return [error.errno, count]
)py"));
  BOOST_TEST(result == json("[28, " + std::to_string(SandboxLimits().scratch_inodes) + "]"));
}

BOOST_AUTO_TEST_CASE(open_files_are_limited) {
  const auto result = result_of(main_of(R"py(    kept = []
    try:
        while len(kept) < 100_000: kept.append(open(os.devnull))
    except OSError as error:
        return [error.errno, len(kept)]
)py"));
  BOOST_TEST_REQUIRE(result.is_array());
  BOOST_TEST(result.at(0) == EMFILE);
  BOOST_TEST(result.at(1).as_int64() <= std::int64_t(limits().open_files));
  BOOST_TEST(result.at(1).as_int64() >= std::int64_t(limits().open_files / 2));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
