"""The interfaces of other sandboxes, below /compat/. Piston's is spoken by a client of it (npm, pinned in
clients/); of the others there is none in npm or Debian: their requests and answers are those of the clients'
sources and documentation, written down here."""

import base64
import concurrent.futures
import json
import subprocess
import tempfile
import unittest

from support import npm_packages, serving

NAMES = ("dify", "librechat", "piston", "sandboxfusion", "ragflow", "fastgpt", "onyx")
# One request of each that prints 1, without what is asked for there.
RUNS = {
    "dify/v1/sandbox/run": {"language": "python3", "code": "print(1)"},
    "librechat/exec": {"lang": "py", "code": "print(1)"},
    "piston/api/v2/execute": {"language": "python", "version": "3.x", "files": [{"content": "print(1)"}]},
    "sandboxfusion/run_code": {"language": "python", "code": "print(1)"},
    "ragflow/run": {"language": "python", "code_b64": base64.b64encode(b"def main(): print(1)").decode()},
    "fastgpt/sandbox/python": {"code": "def main(): print('1\\n')"},
    "onyx/v1/execute": {"code": "print(1)", "timeout_ms": 3000},
}


def setUpModule():
    global service
    service = serving.Service("--workers", "2", "--compat", ",".join(NAMES))
    unittest.addModuleCleanup(service.__exit__)


def post(path, body, headers=None, to=None):
    status, _, answer = (to or service).request("POST", f"/compat/{path}", body, headers)
    return status, json.loads(answer)


def get(path, to=None):
    status, _, answer = (to or service).request("GET", f"/compat/{path}")
    return status, json.loads(answer)


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


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


class Piston(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        clients = npm_packages.installed("clients")
        command = ["node", "piston.mjs", f"http://127.0.0.1:{service.port}/compat/piston"]
        done = subprocess.run(command, cwd=clients, capture_output=True, text=True, timeout=120, check=True)
        cls.found = json.loads(done.stdout)

    def test_a_client_of_it_is_served(self):
        (runtime,) = self.found["runtimes"]
        self.assertEqual(runtime["language"], "python")
        done = self.found["done"]
        self.assertEqual((done["language"], done["version"]), ("python", runtime["version"]))
        self.assertEqual(done["run"]["stdout"], "in ['a', 'b']\n")
        self.assertEqual((done["run"]["code"], done["run"]["signal"], done["run"]["status"]), (0, None, None))
        self.assertEqual(self.found["files"]["run"]["output"], "y\n")

    def test_a_client_of_it_sees_how_a_run_ends(self):
        failed, late = self.found["failed"]["run"], self.found["late"]["run"]
        self.assertEqual((failed["code"], failed["status"]), (1, "RE"))
        self.assertIn("ZeroDivisionError", failed["stderr"])
        self.assertEqual((late["code"], late["signal"], late["status"]), (None, "SIGKILL", "TO"))

    def test_versions_and_both_paths(self):
        for version in ("*", "3", "3.x", "3.10.0"):
            for path in ("piston/api/v2/execute", "piston/api/v2/piston/execute"):
                status, answer = post(
                    path,
                    {
                        "language": "py",
                        "version": version,
                        "files": [{"content": base64_of("print(1)"), "encoding": "base64"}],
                    },
                )
                self.assertEqual((status, answer["run"]["stdout"]), (200, "1\n"), (version, path))

    def run_code(self, code="print(1)", **more):
        return post(
            "piston/api/v2/execute", {"language": "python", "version": "3.x", "files": [{"content": code}], **more}
        )

    def test_limits_are_taken_as_it_takes_them(self):
        for name in (
            "run_timeout",
            "run_cpu_time",
            "run_memory_limit",
            "compile_timeout",
            "compile_cpu_time",
            "compile_memory_limit",
        ):
            for value in (None, 0, False, "", 1.5e3, 200e6 if "memory" in name else 900):
                self.assertEqual(self.run_code(**{name: value})[0], 200, (name, value))
            for value in ("5", [5], {}, True):
                self.assertEqual(
                    self.run_code(**{name: value}), (400, {"message": f"If specified, {name} must be a number"})
                )
        for name, most in (("run_timeout", 30_000), ("run_memory_limit", 512 << 20)):
            for value in (most + 1, 10**400):
                self.assertEqual(
                    self.run_code(**{name: value}),
                    (400, {"message": f"{name} cannot exceed the configured limit of {most}"}),
                )
        for name in ("run_timeout", "run_cpu_time"):
            self.assertEqual(self.run_code(**{name: -1}), (400, {"message": f"{name} must be non-negative"}))
        self.assertEqual(self.run_code(run_memory_limit=-2)[0], 400)
        for name in ("run_memory_limit", "compile_memory_limit", "compile_timeout"):
            self.assertEqual(self.run_code(**{name: -1})[0], 200, name)

    def test_limits_hold(self):
        self.assertEqual(self.run_code("while True: pass", run_timeout=3e2)[1]["run"]["status"], "TO")
        code = "b = bytearray(200 << 20)\nprint(1)"
        self.assertEqual(self.run_code(code)[1]["run"]["stdout"], "1\n")
        self.assertEqual(self.run_code(code, run_memory_limit=100 << 20)[1]["run"]["stdout"], "")
        self.assertEqual(self.run_code(code, run_memory_limit=-1)[1]["run"]["stdout"], "1\n")

    def test_files_are_what_their_encodings_say_and_the_first_text_is_the_program(self):
        files = [
            {"name": "a", "content": "6162", "encoding": "hex"},
            {"content": "print(open('a').read(), open('file2.code').read())", "encoding": "utf8"},
            {"content": base64_of("c"), "encoding": "base64"},
        ]
        self.assertEqual(self.run_code(files=files)[1]["run"]["stdout"], "ab c\n")
        for encoding in ("hex", "base64"):
            wrong = [{"content": "1"}, {"content": "6g1", "encoding": encoding}]
            self.assertEqual(self.run_code(files=wrong), (400, {"message": f"files[1].content is not {encoding}"}))

    def test_standard_input_ends_with_a_line(self):
        for stdin, expected in ((None, "''"), ("", "''"), ("a", "'a'"), ("a\n", "'a'")):
            self.assertEqual(
                self.run_code("print(repr(input()))", stdin=stdin)[1]["run"]["stdout"], f"{expected}\n", stdin
            )

    def test_what_is_wrong_is_a_message(self):
        for change, message in (
            ({"language": "c++"}, "c++-3.x runtime is unknown"),
            ({"language": None}, "language is required as a string"),
            ({"version": "2.7"}, "python-2.7 runtime is unknown"),
            ({"files": None}, "files is required as an array"),
            ({"files": []}, "files must have the program"),
            ({"files": [{}]}, "files[0].content is required as a string"),
            ({"files": [{"content": ""}, 1]}, "files[1].content is required as a string"),
            ({"args": [1]}, "'args' must be an array of at most 4096 strings"),
        ):
            self.assertEqual(
                post("piston/api/v2/execute", RUNS["piston/api/v2/execute"] | change), (400, {"message": message})
            )


class SandboxFusion(unittest.TestCase):
    def run_code(self, code, **more):
        return post(
            "sandboxfusion/run_code",
            {"code": code, "language": "python", "compile_timeout": 10, "run_timeout": 5, **more},
        )

    def test_a_run_comes_back(self):
        status, answer = self.run_code("print(input())", stdin="in")
        self.assertEqual(
            (status, answer["status"], answer["compile_result"], answer["files"]), (200, "Success", None, {})
        )
        result = answer["run_result"]
        self.assertEqual((result["status"], result["return_code"], result["stdout"]), ("Finished", 0, "in\n"))

    def test_what_its_clients_send_for_their_own_limits_is_no_reason_to_refuse(self):
        more = {
            "compile_timeout": 60,
            "run_timeout": 60,
            "memory_limit_MB": 1024,
            "stdin": None,
            "files": {},
            "fetch_files": [],
        }
        for limits in (more, more | {"memory_limit_MB": -1}):
            self.assertEqual(
                self.run_code("print(len(bytearray(200 << 20)))", **limits)[1]["status"], "Success", limits
            )
        self.assertEqual(
            self.run_code("print(len(bytearray(200 << 20)))", memory_limit_MB=100)[1]["status"], "Failed"
        )

    def test_files_go_in_and_come_back(self):
        code = "open('out', 'w').write(open('in').read() * 2)"
        answer = self.run_code(code, files={"in": base64_of("x"), "none": None}, fetch_files=["out"])[1]
        self.assertEqual(answer["files"], {"out": base64_of("xx")})

    def test_a_failure_and_a_timeout_are_200(self):
        status, answer = self.run_code("1 / 0")
        self.assertEqual((status, answer["status"], answer["run_result"]["return_code"]), (200, "Failed", 1))
        status, answer = self.run_code("while True: pass", run_timeout=0.3)
        self.assertEqual(
            (status, answer["status"], answer["run_result"]["status"]), (200, "Failed", "TimeLimitExceeded")
        )

    def test_a_request_waits_as_long_as_it_may_run_and_then_is_to_be_sent_again(self):
        with serving.Service("--workers", "1", "--compat", "sandboxfusion", "--queue-wait-seconds", "0.1") as other:

            def sleep(seconds, limit):
                body = {"code": f"import time; time.sleep({seconds})", "language": "python", "run_timeout": limit}
                return post("sandboxfusion/run_code", body, to=other)

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: sleep(0.4, 20), range(6)))
            self.assertEqual({(status, answer["status"]) for status, answer in answers}, {(200, "Success")})
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                statuses = sorted(pool.map(lambda _: sleep(1.9, 2)[0], range(4)))
            self.assertEqual((statuses[0], statuses[-1]), (200, 504))


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
        body = {"code": "def main(a, b):\n    print('log')\n    return {'sum': a + b}", "variables": {"a": 1, "b": 2}}
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


class All(unittest.TestCase):
    def test_health_is_answered_in_their_words(self):
        self.assertEqual(get("dify/health"), (200, "ok"))
        self.assertEqual(get("ragflow/healthz"), (200, {"status": "ok"}))
        self.assertEqual(get("onyx/health"), (200, {"status": "ok"}))

    def test_every_one_runs_and_none_takes_another_method(self):
        for path, body in RUNS.items():
            status, answer = post(path, body)
            self.assertEqual(status, 200, (path, answer))
            self.assertIn("1\\n", json.dumps(answer), path)
            status, headers, _ = service.request("GET", f"/compat/{path}")
            self.assertEqual((status, headers["Allow"]), (405, "POST"), path)

    def test_a_time_that_is_none_is_refused_by_the_name_that_was_sent(self):
        status, answer = post("sandboxfusion/run_code", RUNS["sandboxfusion/run_code"] | {"run_timeout": 0})
        self.assertEqual(
            (status, answer["status"], answer["message"]),
            (200, "SandboxError", "'run_timeout' must be a number of seconds greater than 0 and at most 30"),
        )
        status, answer = post("onyx/v1/execute", RUNS["onyx/v1/execute"] | {"timeout_ms": -1})
        self.assertEqual(
            (status, answer),
            (422, {"detail": "'timeout_ms' must be a number of milliseconds greater than 0 and at most 30000"}),
        )

    def test_what_is_missing_is_named_as_it_is_there(self):
        for path, body in RUNS.items():
            if "code" not in body:
                continue
            status, answer = post(path, {name: value for name, value in body.items() if name != "code"})
            self.assertIn(status, (200, 400, 422), path)
            self.assertIn("Missing 'code' field", json.dumps(answer), path)
            self.assertNotIn("script", json.dumps(answer), path)
        status, answer = post("librechat/exec", RUNS["librechat/exec"] | {"args": [1]})
        self.assertEqual((status, answer["error"].split(" must")[0]), (400, "'args'"))

    def test_nulls_are_as_good_as_absent(self):
        for path, body in RUNS.items():
            more = {
                name: None
                for name in (
                    "stdin",
                    "args",
                    "files",
                    "fetch_files",
                    "arguments",
                    "variables",
                    "preload",
                    "run_timeout",
                    "session_id",
                )
                if name not in body
            }
            self.assertEqual(post(path, body | more)[0], 200, path)

    def test_whatever_is_sent_is_refused_in_json_and_never_a_fault(self):
        values = (None, True, -1, 1e400, "", [], {}, [[]], {"a": 1}, "\0", ["\0"], "x" * 2_000_000)
        for path, body in RUNS.items():
            for name in (
                *body,
                "stdin",
                "args",
                "files",
                "fetch_files",
                "run_timeout",
                "timeout_ms",
                "arguments",
                "variables",
                "preload",
            ):
                for value in values:
                    text = json.dumps(body | {name: value}).replace("Infinity", "1e400")
                    status, _ = post(path, text, {"Content-Type": "application/json"})
                    self.assertIn(status, (200, 400, 413, 422), (path, name, str(value)[:20]))
            for text in ("", "{", "[]", "1", "null", '"x"', "{}", "[" * 300 + "]" * 300, '{"code": "\\ud800"}'):
                status, answer = post(path, text, {"Content-Type": "application/json"})
                self.assertIn(status, (200, 400, 422), (path, text[:20]))
                self.assertNotIn("Traceback", json.dumps(answer))

    def test_json_may_be_called_text_but_not_by_a_page(self):
        for path, body in RUNS.items():
            text = {"Content-Type": "text/plain"}
            self.assertIn("1\\n", json.dumps(post(path, json.dumps(body), text)[1]), path)
            answer = post(path, json.dumps(body), text | {"Origin": "https://evil.example"})[1]
            self.assertIn("Request must be JSON", json.dumps(answer), path)

    def test_what_is_not_named_is_not_found(self):
        with serving.Service("--workers", "1", "--compat", "dify") as other:
            self.assertEqual(post("dify/v1/sandbox/run", RUNS["dify/v1/sandbox/run"], to=other)[0], 200)
            for path in ("piston/api/v2/execute", "dify/v1/sandbox/runs", "dify", "", "other/run"):
                self.assertEqual(post(path, {"code": "1"}, to=other)[0], 404, path)

    def test_keys_are_wanted_as_these_clients_send_them_and_not_for_health(self):
        key = "a11ce-0123456789abcdef"
        with tempfile.NamedTemporaryFile("w") as keys:
            keys.write(f"alice {key}\n")
            keys.flush()
            options = (
                "--api-keys-file",
                keys.name,
                "--key-requests-per-second",
                "1",
                "--compat",
                "dify librechat piston onyx",
            )
            with serving.Service("--workers", "1", *options) as other:
                path, body = "dify/v1/sandbox/run", RUNS["dify/v1/sandbox/run"]
                self.assertEqual(post(path, body, to=other)[0], 401)
                self.assertEqual(post(path, body, {"X-Api-Key": key}, other)[0], 200)
                self.assertEqual(get("onyx/health", other)[0], 200)
                self.assertEqual(post("piston/api/v2/execute", {}, to=other), (401, {"message": "Unauthorized"}))
                path, body = "librechat/exec", RUNS["librechat/exec"]
                answers = [post(path, body, {"Authorization": f"Bearer {key}"}, other) for _ in range(8)]
                self.assertIn((429, {"error": "rate_limited", "retry_after_seconds": 1}), answers)


if __name__ == "__main__":
    unittest.main()
