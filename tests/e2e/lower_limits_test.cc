// The limits that a request lowers for its own run, and what becomes of output that is too much.
#include <string>

#include "e2e/limits.h"

namespace executor::test {
namespace {

using boost::json::serialize;
using namespace std::string_literals;

std::string output(const Answer& answer) {
  return std::string(answer.body.at("output").as_string());
}

// A program's answer, with more fields, JSON text that begins with a comma.
Answer run(std::string_view source, const std::string& fields) {
  const boost::json::string program(source);
  return post_body("{\"code\": " + serialize(program) + fields + "}");
}

Answer with_limits(std::string_view source, const std::string& limits) {
  return run(source, ", \"limits\": {" + limits + "}");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lower_limits, NextRequestWorks)

BOOST_AUTO_TEST_CASE(memory_is_limited_as_asked_and_the_answer_names_that_limit) {
  const auto take = [](const std::string& megabytes) {
    return "data = bytearray(" + megabytes + " << 20)\nprint(len(data) >> 20)";
  };
  BOOST_TEST(with_limits(take("200"), R"("memory_mb": 100)").error() ==
             "Script exceeded the memory limit of 100 MB");
  BOOST_TEST(output(with_limits(take("60"), R"("memory_mb": 100)")) == "60\n");
  BOOST_TEST(output(run(take("200"), "")) == "200\n");
  const Answer script = post_body(
      R"py({"script": "def main(): return len(bytearray(200 << 20))", "limits": {"memory_mb": 64}})py");
  BOOST_TEST(script.error() == "Script exceeded the memory limit of 64 MB");
  BOOST_TEST(script.error_type() == "memory_limit");
}

BOOST_AUTO_TEST_CASE(a_script_runs_within_the_least_of_every_limit) {
  const Answer answer =
      with_limits("print(1)", R"("memory_mb": 64, "cpu_seconds": 1, "output_kb": 1, "result_kb": 1,
                     "processes": 1, "scratch_mb": 1, "file_size_mb": 1, "open_files": 16)");
  BOOST_TEST(output(answer) == "1\n", answer.response.body);
  BOOST_TEST(answer.body.at("error").is_null());
}

BOOST_AUTO_TEST_CASE(memory_of_all_processes_together_is_limited_as_asked) {
  const Answer answer = with_limits(
      "import os, signal\n"
      "for _ in range(8):\n"
      "  if os.fork() == 0:\n"
      "    data = bytearray(os.urandom(1 << 20)) * 60\n"
      "    signal.pause()\n"
      "signal.pause()",
      R"("memory_mb": 100)");
  BOOST_TEST(answer.error() == "Script exceeded the memory limit of 100 MB");
}

BOOST_AUTO_TEST_CASE(cpu_time_is_limited_as_asked) {
  const Answer answer =
      run("while True: pass", R"(, "limits": {"cpu_seconds": 1}, "timeout": 30, "usage": true)");
  BOOST_TEST(answer.error() == "Script execution timed out");
  BOOST_TEST(answer.body.at("usage").at("evidence") == "cpu_time");
}

BOOST_AUTO_TEST_CASE(output_is_limited_as_asked_on_either_stream) {
  const Answer out = with_limits("print('x' * 5000)", R"("output_kb": 4)");
  BOOST_TEST(out.error() == "Script wrote more than 0.0039 MB to stdout");
  BOOST_TEST(output(out) == std::string(4096, 'x'));
  const Answer err =
      with_limits("import sys\nsys.stderr.write('x' * 600000)", R"("output_kb": 512)");
  BOOST_TEST(err.error() == "Script wrote more than 0.5 MB to stderr");
}

BOOST_AUTO_TEST_CASE(a_result_is_limited_as_asked) {
  const Answer answer =
      post_body(R"({"script": "def main():\n return 'x' * 600000", "limits": {"result_kb": 512}})");
  BOOST_TEST(answer.error() == "Script returned more than 0.5 MB");
}

BOOST_AUTO_TEST_CASE(files_that_come_back_share_the_lowered_limit_of_the_result) {
  const Answer answer = run("open('a', 'w').write('x' * 2000)\nopen('b', 'w').write('x')",
                            R"(, "limits": {"result_kb": 1}, "outputs": true)");
  BOOST_TEST(answer.body.at("files") == json(R"({"b": "x"})"));
  BOOST_TEST(answer.body.at("files_omitted") == json(R"({"a": "too large"})"));
}

BOOST_AUTO_TEST_CASE(processes_are_limited_as_asked) {
  const std::string source =
      "import threading\n"
      "started, release = 0, threading.Event()\n"
      "try:\n"
      "  for _ in range(20):\n"
      "    threading.Thread(target=release.wait).start()\n"
      "    started += 1\n"
      "except RuntimeError: pass\n"
      "print(started)\nrelease.set()";
  BOOST_TEST(output(with_limits(source, R"("processes": 5)")) == "4\n");
  BOOST_TEST(output(run(source, "")) == "20\n");
}

BOOST_AUTO_TEST_CASE(scratch_space_is_limited_as_asked_wherever_it_is_used) {
  for (const auto& directory : {"."s, "/tmp"s, "/dev/shm"s}) {
    const auto fill = [&directory](int megabytes) {
      return "for i in range(" + std::to_string(megabytes) + "):\n  open('" + directory +
             "/%d' % i, 'wb').write(bytes(1 << 20))\nprint('written')";
    };
    BOOST_TEST(output(with_limits(fill(8), R"("scratch_mb": 9)")) == "written\n", directory);
    BOOST_TEST(with_limits(fill(10), R"("scratch_mb": 9)").error() ==
                   "Script exceeded the file size limit",
               directory);
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_the_scratch_space_that_is_held_back_can_be_found_or_freed) {
  const Answer answer = with_limits(
      "import os\n"
      "found = [name for top in ('.', '/tmp', '/dev/shm', '/mnt') for _, _, names in os.walk(top)\n"
      "         for name in names]\n"
      "opened = []\n"
      "for fd in range(3, 4096):\n"
      "  try: opened.append(os.fstat(fd).st_mode >> 12)\n"
      "  except OSError: pass\n"
      "print(found, opened)",
      R"("scratch_mb": 1)");
  BOOST_TEST(output(answer) == "[] [12]\n");  // the job socket
}

BOOST_AUTO_TEST_CASE(the_size_of_a_file_is_limited_as_asked) {
  const std::string source = "open('f', 'wb').write(bytes(3 << 20))";
  BOOST_TEST(with_limits(source, R"("file_size_mb": 2)").error() ==
             "Script exceeded the file size limit");
  BOOST_TEST(with_limits(source, R"("file_size_mb": 3)").body.at("error").is_null());
}

BOOST_AUTO_TEST_CASE(files_that_are_brought_along_count_against_lowered_limits) {
  std::string files;  // each takes a page
  for (int i = 0; i < 300; ++i) files += ", \"" + std::to_string(i) + "\": \"x\"";
  const Answer answer =
      run("pass", R"(, "limits": {"scratch_mb": 1}, "files": {)" + files.substr(2) + "}");
  BOOST_TEST(answer.error() == "Script exceeded the file size limit");
}

BOOST_AUTO_TEST_CASE(open_files_are_limited_as_asked_and_no_script_raises_a_limit_again) {
  const Answer answer = with_limits(
      "import resource\n"
      "print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CPU))\n"
      "for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE,\n"
      "              resource.RLIMIT_DATA, resource.RLIMIT_AS):\n"
      "  hard = resource.getrlimit(limit)[1]\n"
      "  try: resource.setrlimit(limit, (hard + 1, hard + 1))\n"
      "  except (ValueError, OSError): pass\n"
      "  assert resource.getrlimit(limit)[1] == hard",
      R"("open_files": 20, "cpu_seconds": 2)");
  BOOST_TEST(output(answer) == "(20, 20) (2, 3)\n", answer.response.body);
  BOOST_TEST(answer.body.at("error").is_null(), answer.response.body);
}

BOOST_AUTO_TEST_CASE(more_than_is_configured_is_refused_with_the_number) {
  const std::string memory = number(limits().memory_limit_mb);
  for (const auto& asked : {number(limits().memory_limit_mb + 1), "0"s, "-1"s, "100.5"s, "1e400"s,
                            "\"100\""s, "true"s, "[]"s, "{}"s}) {
    const Answer answer = with_limits("1", "\"memory_mb\": " + asked);
    BOOST_TEST(answer.status() == 400, asked);
    BOOST_TEST(
        answer.error() == "'limits': 'memory_mb' must be a whole number from 64 to " + memory,
        asked);
  }
  BOOST_TEST(with_limits("1", "\"memory_mb\": " + memory).status() == 200);
  BOOST_TEST(with_limits("1", "\"memory_mb\": null").status() == 200);
  BOOST_TEST(with_limits("1", "\"memory_mb\": 1e2").status() == 200);
}

BOOST_AUTO_TEST_CASE(limits_that_there_are_not_are_refused) {
  const std::string text =
      "'limits' must be an object of memory_mb, cpu_seconds, output_kb, result_kb, processes, "
      "scratch_mb, file_size_mb and open_files";
  BOOST_TEST(with_limits("1", "\"memory\": 100").error() == text);
  BOOST_TEST(run("1", ", \"limits\": 100").error() == text);
  BOOST_TEST(run("1", ", \"limits\": null").status() == 200);
}

// --- on_output_limit

BOOST_AUTO_TEST_CASE(truncated_output_keeps_its_two_ends_and_the_run_goes_on) {
  const Answer answer = run("print('a' * 3000)\nprint('b' * 3000)\n1 / 0",
                            R"(, "limits": {"output_kb": 4}, "on_output_limit": "truncate")");
  BOOST_TEST(answer.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(output(answer) == std::string(2048, 'a') + "\n[1906 bytes are missing here]\n" +
                                   std::string(2047, 'b') + "\n");
  BOOST_TEST(answer.body.at("truncated") == json(R"(["stdout"])"));
}

BOOST_AUTO_TEST_CASE(output_within_the_limit_is_whole_and_not_called_truncated) {
  const Answer answer =
      run("print('x' * 4000)", R"(, "limits": {"output_kb": 4}, "on_output_limit": "truncate")");
  BOOST_TEST(output(answer) == std::string(4000, 'x') + "\n");
  BOOST_TEST(!answer.has("truncated"));
}

BOOST_AUTO_TEST_CASE(
    a_run_that_writes_without_end_runs_into_its_timeout_and_its_memory_is_bounded) {
  const Answer answer =
      run("import os\nwhile True: os.write(1, b'x' * 65536); os.write(2, b'y' * 65536)",
          R"(, "on_output_limit": "truncate", "timeout": 0.5)");
  BOOST_TEST(answer.error() == "Script execution timed out");
  const std::size_t limit = limits().max_output_kb << 10;
  BOOST_TEST(output(answer).size() < limit + 100);
  BOOST_TEST(std::string(answer.body.at("stderr").as_string()).size() < limit + 100);
}

BOOST_AUTO_TEST_CASE(either_way_out_is_named_and_no_other) {
  BOOST_TEST(run("print('x' * 5000)", R"(, "limits": {"output_kb": 4}, "on_output_limit": "fail")")
                 .error() == "Script wrote more than 0.0039 MB to stdout");
  for (const auto& value : {"\"cut\""s, "true"s, "1"s, "[]"s}) {
    BOOST_TEST(run("1", ", \"on_output_limit\": " + value).error() ==
               "'on_output_limit' must be 'fail' or 'truncate'");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
