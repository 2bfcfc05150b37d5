// The files that a run leaves, and that its request asked for; hostile ones among them.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

using boost::json::serialize;
using namespace std::string_literals;

// The answer to a program whose request has these outputs, JSON text, and maybe files.
Answer run(std::string_view source, const std::string& outputs, const std::string& files = "{}") {
  const boost::json::string program(source);
  return post_body("{\"code\": " + serialize(program) + ", \"outputs\": " + outputs +
                   ", \"files\": " + files + "}");
}

// Checks what the answer's `files` are, JSON text, and that nothing else went wrong.
void check_files(const Answer& answer, const std::string& files) {
  BOOST_TEST_CONTEXT(answer.response.body.substr(0, 2000)) {
    BOOST_TEST(answer.status() == 200);
    BOOST_TEST(answer.body.at("error").is_null());
    BOOST_TEST(answer.body.at("files") == json(files));
  }
}

// What the answer says of a file that is not there.
std::string omitted(const Answer& answer, std::string_view path) {
  const auto* all = answer.body.if_contains("files_omitted");
  const auto* reason = all != nullptr ? all->as_object().if_contains(path) : nullptr;
  return reason != nullptr ? std::string(reason->as_string()) : "(not omitted)";
}

// Leaves a file that must come back, no matter what else there is.
constexpr const char* kGood = "\nopen('good', 'w').write('good')\n";

void check_good_alone(const std::string& source) {
  check_files(run("import os\n" + source + kGood, "true"), R"({"good": "good"})");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(data_out, NextRequestWorks)

BOOST_AUTO_TEST_CASE(files_come_back_in_the_shape_in_which_they_are_sent) {
  const Answer answer = run(
      "import os\nos.makedirs('d/e')\nopen('a.txt', 'w').write('\u00e4\\n')\n"
      "open('d/e/b', 'wb').write(b'\\xff\\0')\nopen('empty', 'w')\nopen('nul', 'wb').write(b'\\0')",
      "true");
  check_files(answer, R"({"a.txt": "\u00e4\n", "d/e/b": {"base64": "/wA="}, "empty": "",
                          "nul": {"base64": "AA=="}})");
  BOOST_TEST(!answer.has("files_omitted"));
  const Answer again = run("pass", R"(["**"])", serialize(answer.body.at("files")));
  BOOST_TEST(again.body.at("files") == answer.body.at("files"));
}

BOOST_AUTO_TEST_CASE(true_means_new_and_changed_files) {
  check_files(run("open('same').read()\nopen('changed', 'r+').write('Y')\nopen('new', 'w')", "true",
                  R"({"same": "x", "changed": "x", "d/same": "x"})"),
              R"({"changed": "Y", "new": ""})");
}

BOOST_AUTO_TEST_CASE(globs_choose_by_path) {
  const std::string files =
      R"({"a.csv": "", "b.txt": "", "d/c.csv": "", "d/e/f.csv": "", "d/e/g[1].txt": "", ".h": ""})";
  const auto chosen = [&](const std::string& globs) {
    std::string paths;
    const Answer answer = run("pass", globs, files);
    for (const auto& file : answer.body.at("files").as_object()) {
      paths += std::string(file.key()) + ' ';
    }
    return paths;
  };
  BOOST_TEST(chosen(R"(["*.csv"])") == "a.csv ");
  BOOST_TEST(chosen(R"(["**/*.csv"])") == "a.csv d/c.csv d/e/f.csv ");
  BOOST_TEST(chosen(R"(["d/**"])") == "d/c.csv d/e/f.csv d/e/g[1].txt ");
  BOOST_TEST(chosen(R"(["d/*"])") == "d/c.csv ");
  BOOST_TEST(chosen(R"(["[ab].*"])") == "a.csv b.txt ");
  BOOST_TEST(chosen(R"(["?.csv", "d/e/g\\[1\\].txt"])") == "a.csv d/e/g[1].txt ");
  BOOST_TEST(chosen(R"(["**/e/**/f.csv", ".h"])") == ".h d/e/f.csv ");
  BOOST_TEST(chosen(R"(["[!a].csv"])").empty());
}

BOOST_AUTO_TEST_CASE(globs_choose_by_characters) {
  const std::string files = R"({"\u00e9": "", "\u00e3": ""})";
  BOOST_TEST(run("pass", R"(["?"])", files).body.at("files") == json(files));
  BOOST_TEST(run("pass", R"(["[\u00e0-\u00ff]"])", files).body.at("files") == json(files));
  BOOST_TEST(run("pass", R"(["??", "[\u00e9]?"])", files).body.at("files") == json("{}"));
}

BOOST_AUTO_TEST_CASE(a_script_that_fails_or_ends_early_gives_back_what_it_wrote) {
  const Answer answer = post_body(
      R"({"script": "def main():\n open('a', 'w').write('x')\n 1 / 0", "outputs": ["a"]})");
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.body.at("files") == json(R"({"a": "x"})"));
  const Answer exited = run("open('a', 'w').write('x')\nimport sys\nsys.exit(3)", "true");
  BOOST_TEST(exited.error() == "Script exited with status 3");
  BOOST_TEST(exited.body.at("files") == json(R"({"a": "x"})"));
}

BOOST_AUTO_TEST_CASE(files_that_are_still_open_at_the_end_are_written) {
  check_files(run("a = open('a', 'w'); a.write('text')\n"
                  "class Holder: pass\n"
                  "holder = Holder()\nholder.file = open('b', 'wb'); holder.file.write(b'bytes')",
                  "true"),
              R"({"a": "text", "b": "bytes"})");
  const Answer packed =
      run("import gzip\nfile = gzip.open('a.gz', 'wt'); file.write('text')", "true");
  const Answer again = run("import gzip\nprint(gzip.open('a.gz', 'rt').read())", "[]",
                           serialize(packed.body.at("files")));
  BOOST_TEST(again.output() == "text\n", again.response.body);
  BOOST_TEST(run_program("out = open(1, 'w', closefd=False); out.write('kept')").output() ==
             "kept");
}

BOOST_AUTO_TEST_CASE(a_run_that_is_ended_gives_back_what_it_had_written) {
  const std::string write =
      "import os\nopen('a', 'w').write('x')\nos.mkdir('d')\n"
      "open('d/b', 'w').write('y')\nos.symlink('/etc/passwd', 'link')\n"
      "os.mkfifo('fifo')\nopen('same').read()\n";
  for (const std::string& end :
       {"while True: pass"s, "os._exit(3)"s, "os.abort()"s, "os.kill(os.getpid(), 9)\nos.abort()"s,
        "while True: print('x' * 65536)"s, "import ctypes; ctypes.string_at(0)"s}) {
    const Answer answer = post_body("{\"code\": " + serialize(boost::json::string(write + end)) +
                                    R"(, "outputs": true, "timeout": 4, "files": {"same": "z"}})");
    BOOST_TEST_CONTEXT(end << ": " << answer.response.body.substr(0, 500)) {
      BOOST_TEST(answer.error() != "(absent)");
      BOOST_TEST(answer.body.at("files") == json(R"({"a": "x", "d/b": "y"})"));
      BOOST_TEST(!answer.has("files_omitted"));
    }
  }
}

BOOST_AUTO_TEST_CASE(usage_says_what_a_run_has_used) {
  const auto usage = [](const std::string& fields) {
    return post_body("{" + fields + ", \"usage\": true}").body.at("usage").as_object();
  };
  const auto returned = usage(R"("script": "def main(): return 1")");
  BOOST_TEST(returned.at("wall_seconds").as_double() > 0);
  BOOST_TEST(!returned.contains("evidence"));
  BOOST_TEST(usage(R"x("code": "1")x").at("exit_code") == 0);
  BOOST_TEST(usage(R"py("code": "import os; os._exit(3)")py").at("exit_code") == 3);
  BOOST_TEST(usage(R"py("code": "import os; os.abort()")py").at("signal") == 6);
  BOOST_TEST(usage(R"("code": "while True: pass", "timeout": 0.2)").at("evidence") == "deadline");
  BOOST_TEST(!run_program("1").has("usage"));
}

BOOST_AUTO_TEST_CASE(a_part_of_what_did_not_fit_is_no_file_of_the_run) {
  const std::string files = "{\"a\": \"" + std::string(2 << 20, 'x') + "\"}";
  const Answer answer = post_body(
      R"({"code": "1", "outputs": true, "limits": {"scratch_mb": 1}, "files": )" + files + "}");
  BOOST_TEST(answer.error() == "Script exceeded the file size limit");
  BOOST_TEST(answer.body.at("files") == json("{}"), answer.response.body.substr(0, 300));
}

BOOST_AUTO_TEST_CASE(without_outputs_there_are_no_files) {
  BOOST_TEST(!run_program("open('a', 'w')").has("files"));
}

// --- Hostile runs

BOOST_AUTO_TEST_CASE(links_are_not_followed) {
  check_good_alone(
      "os.symlink('/etc/passwd', 'link')\nos.symlink('/etc', 'directory')\n"
      "os.symlink('.', 'loop')");
}

BOOST_AUTO_TEST_CASE(files_that_are_not_regular_are_skipped_without_waiting) {
  check_good_alone(
      "import socket\nos.mkfifo('fifo')\n"
      "socket.socket(socket.AF_UNIX).bind('socket')");
}

BOOST_AUTO_TEST_CASE(a_sparse_petabyte_is_omitted) {
  const Answer answer = run(std::string("import resource\n"
                                        "open('sparse', 'wb').truncate(32 << 20)") +
                                kGood,
                            "true");
  check_files(answer, R"({"good": "good"})");
  BOOST_TEST(omitted(answer, "sparse") == "too large");
}

BOOST_AUTO_TEST_CASE(more_files_than_the_bound_are_named_up_to_a_bound) {
  const Answer answer = run("for i in range(1200): open(f'f{i:04}', 'w')", "true");
  BOOST_TEST(answer.body.at("files").as_object().size() == 1000U);
  BOOST_TEST(answer.body.at("files_omitted").as_object().size() == 100U);
  BOOST_TEST(omitted(answer, "f1000") == "more than 1000 files");
}

BOOST_AUTO_TEST_CASE(all_files_together_share_the_results_limit) {
  const Answer answer = run("for name in 'abc': open(name, 'w').write(name * (3 << 20))", "true");
  BOOST_TEST(answer.body.at("files").as_object().size() == 2U);
  BOOST_TEST(omitted(answer, "c") == "too large");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_utf8_is_omitted) {
  const Answer answer =
      run(std::string("import os\nos.close(os.open(b'\\xff', 66))") + kGood, "true");
  check_files(answer, R"({"good": "good"})");
  BOOST_TEST(omitted(answer, "\uFFFD") == "the name is not UTF-8");
}

BOOST_AUTO_TEST_CASE(directories_nested_without_end_are_walked_to_a_bound) {
  const Answer answer = run(std::string("import os\n"
                                        "for _ in range(60): os.mkdir('d'); os.chdir('d')\n"
                                        "os.chdir(os.environ['HOME'])") +
                                kGood,
                            "true");
  check_files(answer, R"({"good": "good"})");
  BOOST_TEST(answer.body.at("files_omitted").as_object().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_working_directory_is_the_runs_wherever_it_has_gone) {
  check_files(run(std::string("import os") + kGood + "os.chdir('/')", "true"),
              R"({"good": "good"})");
  check_files(run(std::string("import os") + kGood + "os.closerange(3, 900)", "true"),
              R"({"good": "good"})");
}

BOOST_AUTO_TEST_CASE(names_that_change_while_they_are_read_harm_nothing) {
  const Answer answer = run(std::string("import os, threading\n"
                                        "def swap():\n"
                                        "  while True:\n"
                                        "    try:\n"
                                        "      open('x', 'w').write('own'); os.remove('x')\n"
                                        "      os.symlink('/etc/passwd', 'x'); os.remove('x')\n"
                                        "      os.mkfifo('x'); os.remove('x')\n"
                                        "    except OSError: pass\n"
                                        "threading.Thread(target=swap, daemon=True).start()") +
                                kGood,
                            "true");
  BOOST_TEST(answer.body.at("error").is_null(), answer.response.body);
  const auto& files = answer.body.at("files").as_object();
  BOOST_TEST(files.at("good") == "good");
  if (const auto* own = files.if_contains("x")) {
    BOOST_TEST("own"s.starts_with(std::string_view(own->as_string())));
  }
}

BOOST_AUTO_TEST_CASE(no_file_of_an_earlier_run_comes_back) {
  (void)run("open('secret', 'w').write('secret')", "true");
  check_files(run("pass", "true"), "{}");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
