"""The interfaces of the sandboxes of Dify, LibreChat, RAGFlow, FastGPT and Onyx, below /compat/: applications that
run code. They have no client in npm or Debian: their requests and answers are those of the clients' sources and
documentation, written down here."""

import unittest

from support import compat
from support.compat import base64_of, get, post


def setUpModule():
    compat.start_service()


class Dify(unittest.TestCase):
    def run_code(self, code, **more):
        return post(
            "dify/v1/sandbox/run",
            {"language": "python3", "code": code, "enable_network": True, **more},
            {"X-Api-Key": "any"},
        )

    def test_stdout_comes_back_and_stderr_does_not_fail_the_node(self):
        code = "import sys\nprint('<<RESULT>>{}<<RESULT>>')\nprint('warned', file=sys.stderr)"
        data = {"stdout": "<<RESULT>>{}<<RESULT>>\n", "stderr": "warned\n", "error": "", "exit_code": 0}
        self.assertEqual(self.run_code(code, preload=""), (200, {"code": 0, "message": "success", "data": data}))

    def test_the_preload_runs_first(self):
        self.assertEqual(self.run_code("print(x)", preload="x = 5")[1]["data"]["stdout"], "5\n")

    def test_the_preload_leaves_the_program_its_lines(self):
        code = "from __future__ import annotations\nprint(x)\n1 / 0"
        data = self.run_code(code, preload="x = 5\n")[1]["data"]
        self.assertEqual(data["stdout"], "5\n")
        self.assertIn('File "script.py", line 3, in <module>', data["error"])

    def test_a_template_node_finds_jinja(self):
        code = "import jinja2\nprint(jinja2.Template('{{ a }}').render(a=1))"
        data = self.run_code(code)[1]["data"]
        self.assertEqual((data["stdout"], data["error"]), ("1\n", ""))

    def test_a_failure_is_in_the_data(self):
        status, answer = self.run_code("print('before')\n1 / 0")
        self.assertEqual((status, answer["code"], answer["data"]["stdout"]), (200, 0, "before\n"))
        self.assertIn("ZeroDivisionError", answer["data"]["error"])
        self.assertEqual(answer["data"]["exit_code"], 1)

    def test_another_language_is_refused_in_its_words(self):
        status, answer = post("dify/v1/sandbox/run", {"language": "nodejs", "code": "1"})
        self.assertEqual((status, answer["code"], answer["data"]), (200, -400, None))
        self.assertIn("nodejs", answer["message"])

    def test_the_packages_are_listed(self):
        status, answer = get("dify/v1/sandbox/dependencies?language=python3")
        self.assertEqual((status, answer["code"]), (200, 0))
        names = {package["name"] for package in answer["data"]["dependencies"]}
        self.assertLessEqual({"numpy", "pandas"}, names)


class LibreChat(unittest.TestCase):
    def run_code(self, code, **more):
        return post("librechat/exec", {"lang": "py", "code": code, **more})

    def test_a_run_comes_back(self):
        status, answer = self.run_code(
            "import sys\nprint(sys.argv[1:], open('a').read())", args=["x"], files=[{"name": "a", "content": "b"}]
        )
        self.assertEqual((status, answer), (200, {"stdout": "['x'] b\n", "stderr": "", "files": []}))

    def test_the_words_for_an_end_are_its(self):
        for code, error in (
            ("1 / 0", "Sandbox exited with code 1"),
            ("import os; os._exit(3)", "Sandbox exited with code 3"),
            ("import os; os.abort()", "Sandbox exited with code 134"),
            ("while True: pass", "Time limit exceeded"),
            ("bytearray(2_000_000_000)", "Out of memory"),
            ("print('x' * 3_000_000)", "stdout length exceeded"),
        ):
            status, answer = self.run_code(code)
            self.assertEqual((status, answer.get("error")), (200, error), code)

    def test_a_file_that_is_only_named_is_refused(self):
        status, answer = self.run_code("1", files=[{"id": "1", "name": "a", "storage_session_id": "s"}])
        self.assertEqual(status, 400)
        self.assertIn("none are stored", answer["error"])


class RagFlow(unittest.TestCase):
    def run_code(self, source, **arguments):
        return post("ragflow/run", {"language": "python", "code_b64": base64_of(source), "arguments": arguments})

    def test_a_value_comes_back(self):
        status, answer = self.run_code("def main(a, b=0):\n    print('p')\n    return {'sum': a + b}", a=1, b=2)
        self.assertEqual(
            (status, answer["status"], answer["exit_code"], answer["stdout"]), (200, "success", 0, "p\n")
        )
        self.assertEqual(answer["result"], {"present": True, "value": {"sum": 3}, "type": "json"})

    def test_artifacts_come_back(self):
        source = "open('artifacts/none.txt', 'w')\ndef main():\n    open('artifacts/a.csv', 'w').write('1,2')"
        self.assertEqual(
            self.run_code(source)[1]["artifacts"],
            [{"name": "a.csv", "mime_type": "text/csv", "size": 3, "content_b64": base64_of("1,2")}],
        )

    def test_what_a_failed_run_printed_is_not_taken_for_its_value(self):
        # RAGFlow sees a failure in a stderr without a value, a stdout or artifacts.
        source = "open('artifacts/a.csv', 'w').write('1')\ndef main():\n    print('before')\n    1 / 0"
        answer = self.run_code(source)[1]
        self.assertEqual((answer["stdout"], answer["artifacts"], answer["result"]["present"]), ("", [], False))
        self.assertIn("ZeroDivisionError", answer["stderr"])

    def test_the_ends_have_its_words(self):
        for source, status, detail in (
            ("def main(): 1 / 0", "program_error", None),
            ("import os\ndef main(): os._exit(3)", "runtime_error", "nonzero_exit"),
            ("def main(): return len(bytearray(2_000_000_000))", "resource_limit_exceeded", "memory"),
        ):
            code, answer = self.run_code(source)
            self.assertEqual(
                (code, answer["status"], answer["detail"], answer["result"]["present"]), (200, status, detail, False)
            )

    def test_what_is_no_base64_is_422(self):
        self.assertEqual(post("ragflow/run", {"language": "python", "code_b64": "*"})[0], 422)


class FastGpt(unittest.TestCase):
    def test_variables_are_arguments_and_the_log_comes_back(self):
        body = {
            "code": "def main(a, b):\n    print('log')\n    return {'sum': a + b}",
            "variables": {"a": 1, "b": 2},
        }
        answer = {"success": True, "data": {"codeReturn": {"sum": 3}, "log": "log"}}
        self.assertEqual(post("fastgpt/sandbox/python", body), (200, answer))

    def test_a_failure_is_no_success(self):
        status, answer = post("fastgpt/sandbox/python", {"code": "def main(): 1 / 0", "variables": {}})
        self.assertEqual((status, answer["success"]), (200, False))
        self.assertIn("ZeroDivisionError", answer["message"])

    def test_main_gets_what_its_parameters_ask_for(self):
        variables = {"a": 1, "b": 2, "c": 3}
        for code, value in (
            ("def main(variables):\n    return variables['a'] + len(variables)", 4),
            ("def main(b, a):\n    return [a, b]", [1, 2]),
            ("def main():\n    return a + b + variables['c']", 6),
            ("def main(a, d=5):\n    return [a, d]", [1, 5]),
            ("def main(b):\n    return b", 2),
            ("def main(x):\n    return len(x)", 3),
            ("twice = a * 2\ndef main():\n    return [twice, variables['c']]", [2, 3]),
            ("a += 1\ndef main():\n    return a", 2),
            ("class K:\n    v = variables\ndef main(variables):\n    return K.v == variables", True),
            ("def main(**all):\n    return all", variables),
            ("b = 9\ndef main():\n    return b", 9),
            ("async def main(a, b):\n    return a + b", 3),
            ("main = lambda: 1", 1),
        ):
            status, answer = post("fastgpt/sandbox/python", {"code": code, "variables": variables})
            self.assertEqual((status, answer.get("data")), (200, {"codeReturn": value, "log": ""}), (code, answer))

    def test_a_variable_may_be_called_as_they_all_are(self):
        body = {"code": "def main(a, variables):\n    return [a, variables]", "variables": {"variables": 5, "a": 1}}
        self.assertEqual(post("fastgpt/sandbox/python", body)[1]["data"]["codeReturn"], [1, 5])
        body = {"code": "def main():\n    return variables", "variables": {}}
        self.assertEqual(post("fastgpt/sandbox/python", body)[1]["data"]["codeReturn"], {})

    def test_an_error_is_at_the_line_that_was_written(self):
        message = post("fastgpt/sandbox/python", {"code": "x = a\n1 / 0\ndef main(): pass", "variables": {"a": 1}})[
            1
        ]["message"]
        self.assertIn('File "script.py", line 2, in <module>', message)

    def test_a_failure_shows_what_was_written_and_no_more(self):
        for code, message in (
            ("def main():\n 1/0", "line 2, in main\n    1/0\n    ~^~\nZeroDivisionError: division by zero\n"),
            ("def main(a):\n  return a\nif 1:", "line 3\n    if 1:\n         ^\nIndentationError: "),
        ):
            answer = post("fastgpt/sandbox/python", {"code": code, "variables": {"a": 1}})[1]
            self.assertIn(f'  File "script.py", {message}', answer["message"])
            self.assertEqual(answer["message"].count("File "), 1)
            self.assertEqual(answer["message"].count("Error"), 1)

    def test_names_of_a_script_are_its_own(self):
        for code in ("callable = 5\ndef main(a, b): return a", "def main(a, /, b): return a"):
            answer = post("fastgpt/sandbox/python", {"code": code, "variables": {"a": 1, "b": 2, "callable": 3}})[1]
            self.assertEqual(answer["data"]["codeReturn"], 1, code)

    def test_the_packages_are_listed(self):
        status, answer = get("fastgpt/sandbox/modules")
        self.assertEqual((status, answer["success"], answer["data"]["js"]), (200, True, []))
        self.assertLessEqual({"numpy", "pandas"}, set(answer["data"]["python"]))

    def test_what_is_wrong_is_named_as_it_was_sent(self):
        for code, message in (
            ("x = 1", "Script must contain a main() function"),
            ("def main(a, b): return 1", "missing 1 required positional argument: 'b'"),
            ("def main(:", "SyntaxError"),
        ):
            status, answer = post("fastgpt/sandbox/python", {"code": code, "variables": {"a": 1}})
            self.assertEqual((status, answer["success"]), (200, False))
            self.assertIn(message, answer["message"])
        self.assertEqual(
            post("fastgpt/sandbox/python", {"code": ""}),
            (400, {"success": False, "message": "'code' must be a non-empty string"}),
        )


class Onyx(unittest.TestCase):
    def run_code(self, code, **more):
        return post("onyx/v1/execute", {"code": code, "timeout_ms": 5000, **more})

    def test_a_run_comes_back_with_the_last_value(self):
        status, answer = self.run_code("print(input())\n1 + 1", stdin="in", files=[])
        self.assertIsInstance(answer.pop("duration_ms"), int)
        self.assertEqual(
            (status, answer),
            (200, {"stdout": "in\n2\n", "stderr": "", "exit_code": 0, "timed_out": False, "files": []}),
        )
        self.assertEqual(self.run_code("1 + 1", last_line_interactive=False)[1]["stdout"], "")

    def test_a_failure_and_a_timeout_are_200(self):
        status, answer = self.run_code("1 / 0")
        self.assertEqual((status, answer["exit_code"], answer["timed_out"]), (200, 1, False))
        self.assertEqual(self.run_code("print(1)", timeout_ms=60_000)[1]["stdout"], "1\n")  # what Onyx sends
        status, answer = self.run_code("while True: pass", timeout_ms=300)
        self.assertEqual((status, answer["exit_code"], answer["timed_out"]), (200, None, True))

    def test_there_are_no_streams_and_no_stored_files(self):
        self.assertEqual(post("onyx/v1/execute/stream", {"code": "1"})[0], 404)
        self.assertEqual(self.run_code("1", files=[{"path": "a", "file_id": "1"}])[0], 422)


if __name__ == "__main__":
    unittest.main()
