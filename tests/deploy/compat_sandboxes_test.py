"""The interfaces of Piston and SandboxFusion, below /compat/: sandboxes that are used on their own. Piston's is
spoken by a client of it (npm, pinned in clients/); of SandboxFusion there is none in npm or Debian: its requests
and answers are those of its clients' sources and documentation, written down here."""

import concurrent.futures
import json
import subprocess
import unittest

from support import compat, npm_packages, serving
from support.compat import RUNS, base64_of, post


def setUpModule():
    compat.start_service()


class Piston(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        clients = npm_packages.installed("clients")
        command = ["node", "piston.mjs", f"http://127.0.0.1:{compat.service.port}/compat/piston"]
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

    def test_a_process_that_exits_with_status_0_has_succeeded(self):
        run = self.run_code("import os\nprint(1, flush=True)\nos._exit(0)")[1]["run"]
        self.assertEqual((run["code"], run["status"], run["stdout"]), (0, None, "1\n"), run)

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

    def test_files_go_and_come_by_the_names_that_were_sent(self):
        code = "open('a[1].txt', 'w').write(open('in').read())"
        answer = self.run_code(
            code, files={"/in": base64_of("x")}, fetch_files=["./a[1].txt", "/a[1].txt", "a?1*", "none"]
        )[1]
        self.assertEqual(answer["files"], {name: base64_of("x") for name in ("./a[1].txt", "/a[1].txt")})

    def test_output_beyond_the_limit_is_cut(self):
        answer = self.run_code("print('x' * 3_000_000)")[1]
        self.assertEqual((answer["status"], answer["run_result"]["return_code"]), ("Success", 0))
        self.assertLess(len(answer["run_result"]["stdout"]), 2_000_000)

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


if __name__ == "__main__":
    unittest.main()
