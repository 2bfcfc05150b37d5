// Attacks by way of the fields of a request: what runs leave to be collected, what requests bring
// along, and limits that are to be evaded. After each the next request works.
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

using boost::json::serialize;
using namespace std::string_literals;

std::string quoted(std::string_view text) {
  return serialize(boost::json::string(text));
}

// A program's answer, with more fields, JSON text.
Answer run(const std::string& source, const std::string& fields) {
  return post_body("{\"code\": " + quoted(source) + ", " + fields + "}");
}

// Leaves a file that must come back, alone and as it was written, whatever the program did before.
void check_good_alone(const std::string& source, const std::string& more = "\"usage\": false") {
  const Answer answer = run("import os\n" + source + "\nopen('good', 'w').write('good')",
                            "\"outputs\": true, " + more);
  BOOST_TEST_CONTEXT(answer.response.body.substr(0, 2000)) {
    BOOST_TEST(answer.body.at("error").is_null());
    BOOST_TEST(answer.body.at("files") == json(R"({"good": "good"})"));
  }
}

// The program prints this and ends normally.
void check_prints(const std::string& source, const std::string& fields, const std::string& output) {
  const Answer answer = run(source, fields);
  BOOST_TEST_CONTEXT(answer.response.body.substr(0, 2000)) {
    BOOST_TEST(answer.status() == 200);
    BOOST_TEST(answer.body.at("error").is_null());
    BOOST_TEST(answer.output() == output);
  }
}

void check_refused(const std::string& fields, const std::string& error) {
  const Answer answer = run("print(1)", fields);
  BOOST_TEST(answer.status() == 400, fields.substr(0, 200));
  BOOST_TEST(answer.error() == error, fields.substr(0, 200));
}

// `change`, the body of a loop over i, runs in a thread while the files are collected.
std::string meanwhile(const std::string& change) {
  return "import threading, itertools\n"
         "def go():\n"
         "  for i in itertools.count():\n"
         "    try:\n      " +
         change +
         "\n    except OSError: pass\n"
         "threading.Thread(target=go, daemon=True).start()\n";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_outputs, NextRequestWorks)

BOOST_AUTO_TEST_CASE(hard_links_to_what_is_not_the_runs_cannot_be_made) {
  check_good_alone(
      "for source in ('/etc/passwd', os.__file__, '/usr/bin/python3'):\n"
      "  try: os.link(source, 'link')\n"
      "  except OSError: pass");
}

BOOST_AUTO_TEST_CASE(device_nodes_cannot_be_made) {
  check_good_alone(
      "import stat\n"
      "for kind in (stat.S_IFCHR, stat.S_IFBLK):\n"
      "  try: os.mknod('device', kind | 0o666, os.makedev(1, 5))\n"
      "  except OSError: pass");
}

BOOST_AUTO_TEST_CASE(a_chain_of_links_that_ends_in_a_file_is_no_file) {
  check_good_alone(
      "os.symlink('good', 'a')\nos.symlink('a', 'b')\nos.symlink('/proc/self/fd/1', 'c')");
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_while_it_is_read_ends_somewhere) {
  const Answer answer = run(meanwhile("open('f', 'ab').write(b'x' * 65536)"), "\"outputs\": true");
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.body.at("error").is_null(), answer.response.body.substr(0, 500));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_while_it_is_read_is_as_long_as_it_was_at_some_time) {
  const Answer answer = run("open('f', 'wb').write(bytes(1 << 20))\n" +
                                meanwhile("os.truncate('f', i % 2 << 20)") + "import os",
                            "\"outputs\": true");
  BOOST_TEST(answer.body.at("error").is_null(), answer.response.body.substr(0, 500));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_swapped_for_a_link_leads_nowhere) {
  const Answer answer = run("import os\nos.mkdir('d')\nopen('d/own', 'w').write('own')\n" +
                                meanwhile("os.rename('d', 'e'); os.symlink('/etc', 'd'); "
                                          "os.remove('d'); os.rename('e', 'd')"),
                            "\"outputs\": true");
  BOOST_TEST(answer.body.at("error").is_null(), answer.response.body);
  BOOST_TEST(answer.response.body.find("root:") == std::string::npos);
  for (const auto& file : answer.body.at("files").as_object()) BOOST_TEST(file.value() == "own");
}

BOOST_AUTO_TEST_CASE(as_many_names_as_there_can_be_are_answered_soon_and_in_bounds) {
  const Answer answer =
      run("try:\n  for i in range(100000): open(f'{i:0200}', 'w').close()\nexcept OSError: pass",
          "\"outputs\": true");
  BOOST_TEST(answer.body.at("error").is_null());
  BOOST_TEST(answer.body.at("files").as_object().size() == 1000U);
  BOOST_TEST(answer.body.at("files_omitted").as_object().size() == 100U);
}

BOOST_AUTO_TEST_CASE(names_with_all_that_json_and_terminals_mind_come_back_as_they_are) {
  const Answer answer =
      run(R"py(for name in ('"', '\\', 'a\nb', '\x1b[31m', '-rf', '%s', '\u202e', ' '):
  open(name, 'w'))py",
          "\"outputs\": true");
  BOOST_TEST(answer.body.at("files") ==
                 json(R"({"\"": "", "\\": "", "a\nb": "", "\u001b[31m": "", "-rf": "", "%s": "",
                      "\u202e": "", " ": ""})"),
             answer.response.body);
}

BOOST_AUTO_TEST_CASE(what_its_owner_may_not_read_is_omitted) {
  const Answer answer = run(
      "import os\nopen('f', 'w').write('x')\nos.chmod('f', 0)\nos.mkdir('d')\nopen('d/f', 'w')\n"
      "os.chmod('d', 0)\nos.mkdir('listed')\nopen('listed/f', 'w')\nos.chmod('listed', 0o444)\n"
      "open('good', 'w').write('good')",
      "\"outputs\": true");
  BOOST_TEST(answer.body.at("files") == json(R"({"good": "good"})"), answer.response.body);
  BOOST_TEST(answer.body.at("files_omitted") ==
             json(R"({"d": "cannot be read", "f": "cannot be read", "listed": "cannot be read"})"));
  const Answer nothing = run("import os\nopen('f', 'w')\nos.chmod('.', 0)", "\"outputs\": true");
  BOOST_TEST(nothing.body.at("files_omitted") == json(R"({"...": "cannot be read"})"));
}

BOOST_AUTO_TEST_CASE(a_harness_that_is_changed_under_the_run_collects_all_the_same) {
  check_good_alone(
      "import builtins, gc, sys\n"
      "os.listdir = os.scandir = os.stat = os.open = lambda *a, **b: 1 / 0\n"
      "for module in list(sys.modules):\n"
      "  if module.startswith('_executor'): sys.modules[module].__dict__.clear()");
}

BOOST_AUTO_TEST_CASE(all_descriptors_used_up_leave_no_file_of_another_run_and_no_hang) {
  const Answer answer =
      run("import os\nopen('f', 'w').write('x')\nheld = []\n"
          "try:\n  while True: held.append(os.open('/dev/null', 0))\nexcept OSError: pass",
          "\"outputs\": true");
  BOOST_TEST(answer.body.at("error").is_null(), answer.response.body);
}

BOOST_AUTO_TEST_CASE(globs_that_climb_out_or_cost_much_match_nothing) {
  const std::string costly = std::string(1000, '*') + "b";
  for (const auto& glob : {"../**"s, "**/../**"s, "../../etc/passwd"s, costly,
                           "**/**/**/**/**/**/**/**/**/**/**/z"s, "[[[[[[[["s, "\\"s}) {
    const Answer answer = run("import os\nos.makedirs('a/' * 20)\nopen('a' * 200, 'w')",
                              "\"outputs\": [" + quoted(glob) + "]");
    BOOST_TEST(answer.body.at("files") == json("{}"), glob);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(hostile_inputs, NextRequestWorks)

BOOST_AUTO_TEST_CASE(paths_that_lead_out_of_the_directory_or_are_none_are_refused) {
  const std::string error =
      "'files' must be an object of at most 4096 paths, each with a string or {\"base64\": "
      "\"...\"}";
  for (const auto& path :
       {"/etc/passwd"s, ".."s, "../x"s, "a/../../x"s, "."s, "./a"s, "a/."s, ""s, "a//b"s, "a/"s,
        "/"s, "a\0b"s, std::string(256, 'x'), std::string(1025, '/')}) {
    check_refused("\"files\": {" + quoted(path) + ": \"\"}", error);
  }
  check_refused(R"("files": {"a": "", "a/b": ""})", error);
  check_refused(R"("files": {"a/b": "", "a": ""})", error);
  check_refused(R"("files": {"a": {"base64": "AA=A"}})", error);
}

BOOST_AUTO_TEST_CASE(more_files_than_the_bound_are_refused_and_as_many_as_it_are_there) {
  std::string files;
  for (int i = 0; i < 4096; ++i) files += ", \"" + std::to_string(i) + "\": \"\"";
  check_prints("import os\nprint(len(os.listdir()))", "\"files\": {" + files.substr(2) + "}",
               "4096\n");
  check_refused("\"files\": {\"x\": \"\"" + files + "}",
                "'files' must be an object of at most 4096 paths, each with a string or "
                "{\"base64\": \"...\"}");
}

BOOST_AUTO_TEST_CASE(a_thousand_files_with_names_of_every_kind_are_there) {
  std::string files = "\"\u00e4/\u4e2d/\U0001F600\": \"x\"";
  for (int i = 1; i < 1000; ++i) files += ", \"d/" + std::to_string(i) + "\": \"x\"";
  check_prints("import os\nprint(sum(len(names) for _, _, names in os.walk('.')))",
               "\"files\": {" + files + "}", "1000\n");
}

BOOST_AUTO_TEST_CASE(files_that_are_named_like_modules_do_not_reach_the_harness) {
  std::string files;
  for (const auto& name : {"json", "os", "random", "traceback", "io", "sys", "site",
                           "sitecustomize", "usercustomize", "encodings", "_executor_result"}) {
    files += ", \""s + name + ".py\": \"1 / 0\"";
  }
  check_prints("print(1)\n",
               "\"outputs\": true, \"usage\": true, \"files\": {" + files.substr(2) + "}", "1\n");
}

BOOST_AUTO_TEST_CASE(a_file_with_the_name_that_stdin_has_for_a_moment_is_a_file) {
  check_prints("print(open('.stdin').read(), input())",
               R"("stdin": "a\n", "files": {".stdin": "b"})", "b a\n");
}

BOOST_AUTO_TEST_CASE(descriptor_0_cannot_be_written_changed_or_found_by_name) {
  check_prints(
      "import os\n"
      "for change in (lambda: os.write(0, b'x'), lambda: os.ftruncate(0, 0),\n"
      "               lambda: os.open('/dev/stdin', os.O_RDWR), lambda: os.open('.stdin', 0)):\n"
      "  try: print(change())\n"
      "  except OSError: pass\n"
      "print(os.read(0, 10), os.listdir('.'))",
      R"("stdin": "abc")", "b'abc' []\n");
}

BOOST_AUTO_TEST_CASE(half_a_megabyte_of_stdin_that_is_never_read_keeps_nothing_waiting) {
  check_prints("print(1)", "\"stdin\": \"" + std::string(500'000, 'x') + "\"", "1\n");
}

BOOST_AUTO_TEST_CASE(variables_that_change_the_loader_or_python_change_children_at_most) {
  const std::string env =
      R"("env": {"LD_PRELOAD": "/nothing.so", "LD_LIBRARY_PATH": "/tmp", "LD_AUDIT": "/nothing.so",
          "PYTHONSTARTUP": "/tmp/x.py", "PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere",
          "PYTHONINSPECT": "1", "PYTHONMALLOC": "debug", "PYTHONHASHSEED": "x",
          "PYTHONIOENCODING": "ascii", "MALLOC_PERTURB_": "85", "MALLOC_CHECK_": "3",
          "GLIBC_TUNABLES": "glibc.malloc.check=3", "LC_ALL": "nowhere", "TZ": "/etc/passwd",
          "OMP_NUM_THREADS": "999999", "OPENSSL_CONF": "/nothing", "SSLKEYLOGFILE": "/tmp/k"})";
  check_prints("import json, numpy, os\nprint(numpy.arange(3).sum(), os.environ['PYTHONHOME'])",
               env, "3 /nowhere\n");
  check_good_alone("import subprocess\nsubprocess.run(['/usr/bin/python3', '-c', '1'])", env);
}

BOOST_AUTO_TEST_CASE(home_path_and_tmpdir_of_the_request_move_nothing_of_the_services) {
  check_good_alone("import tempfile",
                   R"("env": {"HOME": "/etc", "TMPDIR": "/etc", "PATH": "", "PWD": "/etc"})");
}

BOOST_AUTO_TEST_CASE(arguments_of_odd_kinds_are_values_and_no_code) {
  check_prints("import sys\nprint(sys.argv[1:])",
               R"j("argv": ["-c", "import os", "--", "", "$(id)", "\u00e4"])j",
               "['-c', 'import os', '--', '', '$(id)', '\u00e4']\n");
  const Answer answer = post_body(
      R"py({"script": "def main(**a): return sorted(a)",
            "arguments": {"__class__": 1, "self": 2, "__builtins__": null, "a b": [], "": {}}})py");
  BOOST_TEST(answer.result() == json(R"(["", "__builtins__", "__class__", "a b", "self"])"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(evaded_limits, NextRequestWorks)

BOOST_AUTO_TEST_CASE(files_that_were_deleted_but_are_open_count_against_lowered_scratch_space) {
  const Answer answer =
      run("import os\nheld = []\nfor i in range(8):\n  held.append(open('f', 'wb'))\n"
          "  os.remove('f')\n  held[-1].write(bytes(1 << 20))\n  held[-1].flush()",
          R"("limits": {"scratch_mb": 4})");
  BOOST_TEST(answer.error() == "Script exceeded the file size limit");
}

BOOST_AUTO_TEST_CASE(processes_started_in_every_way_count_against_a_lowered_limit) {
  check_prints(
      "import os, signal\nchildren = 0\n"
      "try:\n"
      "  while children < 30:\n"
      "    if os.fork() == 0: signal.pause()\n"
      "    children += 1\n"
      "except OSError: pass\n"
      "print(children)",
      R"("limits": {"processes": 4})", "3\n");
}

BOOST_AUTO_TEST_CASE(output_of_many_processes_at_once_is_cut_where_the_limit_is) {
  const Answer answer =
      run("import os\n"
          "for _ in range(8):\n"
          "  if os.fork() == 0:\n"
          "    while True: os.write(1, b'x' * 4096)\n"
          "while True: os.write(2, b'y' * 4096)",
          R"("limits": {"output_kb": 8}, "on_output_limit": "truncate", "timeout": 3)");
  BOOST_TEST(answer.error() == "Script execution timed out");
  BOOST_TEST(answer.output().size() < 8300U);
  BOOST_TEST(answer.body.at("truncated") == json(R"(["stdout", "stderr"])"));
}

BOOST_AUTO_TEST_CASE(members_of_limits_that_are_none_are_refused) {
  const Answer answer = run("1", R"("limits": {"__proto__": 1})");
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error().starts_with("'limits' must be an object of memory_mb, "));
  BOOST_TEST(run("1", R"("limits": {"memory_mb": 64, "memory_mb": 1e308})").status() == 400);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
