"""`python-executor run` against a running service: what it runs and prints, and how it ends."""

import json
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import client, readme_commands, serving

# Program, dialect, status, stdout, and a part of stderr.
ENDINGS = {
    "a_result_is_json_behind_what_was_printed": ("def main():\n    print('hello', end='')\n    return {'a': [1, None]}", 0, 'hello\n{"a": [1, null]}\n', ""),
    "a_program_prints": ("import sys\nprint('out')\nprint('err', file=sys.stderr)", 0, "out\n", "err\n"),
    "a_file_that_runs_its_main_is_a_program": ("def main(): print(1)\nif __name__ == '__main__': main()", 0, "1\n", ""),
    "text_is_utf_8": ("print('é \u2603')", 0, "é \u2603\n", ""),
    "an_exception_ends_with_1_and_its_traceback": ("def main(): return 1 / 0", 1, "", "ZeroDivisionError: division by zero\n"),
    "an_exception_of_a_program_ends_with_1": ("print('before')\n1 / 0", 1, "before\n", "ZeroDivisionError: division by zero\n"),
    "a_syntax_error_ends_with_1": ("def main(:", 1, "", "SyntaxError"),
    "a_result_that_is_no_json_ends_with_1": ("def main(): return {1}", 1, "", "python-executor: main() must return"),
    "an_empty_file_ends_with_2": ("", 2, "", "python-executor: 'code' must be a non-empty string"),
    "an_exit_ends_with_its_status": ("import sys; sys.exit(3)", 3, "", "Script exited with status 3"),
    "an_exit_of_a_program_with_0_ends_with_0": ("import os; print(1); os._exit(0)", 0, "1\n", "Script exited with status 0"),
    "an_exit_of_a_script_with_0_ends_with_1": ("import os\ndef main(): os._exit(0)", 1, "", "Script exited with status 0"),
    "an_exit_of_a_script_ends_with_its_status": ("import os\ndef main(): os._exit(4)", 4, "", "Script exited with status 4"),
    "a_crash_ends_with_128_and_the_signal": ("import os\ndef main(): os.abort()", 128 + signal.SIGABRT, "", "SIGABRT"),
    "a_timeout_ends_with_124": ("def main():\n    print('so far', flush=True)\n    while True: pass", 124, "so far\n", "timed out"),
    "a_timeout_of_a_program_ends_with_124": ("while True: pass", 124, "", "timed out"),
    "a_hint_says_what_to_do": ("def main(): return {1}", 1, "", "Return sorted(value) or list(value)"),
    "a_hint_beside_a_traceback_is_shown": ("def main(): import torch", 1, "", "--runtime lists"),
    "too_much_memory_ends_with_137": ("def main(): return len(bytearray(2_000_000_000))", 137, "", "memory limit"),
    "too_much_output_ends_with_153": ("print('x' * 3_000_000)", 153, "x" * (1 << 20), "wrote more than"),
}  # fmt: skip


# How a file may run its own main(), so that it is a program; each prints one line.
RUN_THEIR_MAIN = {
    "a_call": "def main(): print('x')\nmain()",
    "a_call_with_arguments": "def main(n): print('x' * n)\nmain(1)",
    "its_value_is_used": "def main(): print('x'); return 0\nstatus = main()",
    "sys_exit": "import sys\ndef main(): print('x')\nsys.exit(main())",
    "asyncio": "import asyncio\nasync def main(): print('x')\nasyncio.run(main())",
    "asyncio_in_sys_exit": "import asyncio, sys\nasync def main(): print('x')\nsys.exit(asyncio.run(main()))",
    "a_guard": "def main(): print('x')\nif __name__ == '__main__':\n    main()",
    "a_try": "def main(): print('x')\ntry:\n    main()\nfinally:\n    pass",
    "a_function_that_calls_it": "def main(): print('x')\ndef begin(): return main()\nif __name__ == '__main__': begin()",
    "it_is_given_to_what_runs_it": "import threading\ndef main(): print('x')\nthreading.Thread(target=main).start()",
    "a_lambda": "def main(): print('x')\n(lambda: main())()",
    "newer_syntax": "def main(): print('x')\ndef other(): return ?\nmain()",
}
# What looks like that, and does not.
LEAVE_IT_TO_THE_SERVICE = {
    "a_logger": "import logging\nlog = logging.getLogger(__name__)\ndef main(): return 1",
    "it_calls_itself": "def main(n=1): return main(n - 1) if n else 1",
    "a_method": "class App:\n    def go(self): return main()\ndef main(): return 1\nApp()",
    "another_main": "import types\nother = types.SimpleNamespace(main=print)\ndef main(): return 1\nother.main()",
    "a_function_that_is_not_called": "def begin(): main()\ndef main(): return 1",
    "a_condition": "if True:\n    def main(): return 1",
    "wrapped": "import functools\ndef main(): return 1\nmain = functools.cache(main)",
}


def setUpModule():
    client.serve()


class Runs(unittest.TestCase):
    def test_a_byte_order_mark_is_no_part_of_the_program(self):
        done = client.run("-", source="\ufeffdef main(): return 1")
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"), done.stderr)

    def test_tracebacks_name_the_file(self):
        with tempfile.TemporaryDirectory() as place:
            file = Path(place, "mine.py")
            for source in ("def main():\n    return 1 / 0", "1 / 0", "def main(:"):
                file.write_text(source)
                done = client.run(file)
                self.assertIn(f'File "{file}", line', done.stderr.decode())
                self.assertNotIn("script.py", done.stderr.decode())
        self.assertIn(b'File "script.py"', client.run("-", source="1 / 0").stderr)

    def test_data_goes_along(self):
        with tempfile.TemporaryDirectory() as place:
            text, binary = Path(place, "in.txt"), Path(place, "b.bin")
            text.write_text("one\ntwo\n")
            binary.write_bytes(b"\xff\x00")
            done = client.run("--stdin", text, "--file", binary, "--file", f"d/x={text}", "--argv", "v", "--env", "A=b=c", "-",
                       source="import os, sys\nprint(input(), open('b.bin', 'rb').read(), open('d/x').read()[:3],"
                       " sys.argv[1:], os.environ['A'])")  # fmt: skip
            self.assertEqual(done.stdout.decode(), "one b'\\xff\\x00' one ['v'] b=c\n", done.stderr)
        done = client.run("--arg", "a=1e400", "--arg", "b=text", "--arg", "c=[1, 2]", "-",
                   source="def main(**named): return repr(named)")  # fmt: skip
        self.assertEqual(json.loads(done.stdout), "{'a': inf, 'b': 'text', 'c': [1, 2]}", done.stderr)

    def test_data_arrives_as_it_was_written(self):
        with tempfile.TemporaryDirectory() as place:
            file, inputs = Path(place, "in.txt"), Path(place, "inputs.jsonl")
            file.write_bytes(b"a\r\nb\rc\n")
            program = Path(place, "program.py")
            program.write_text("import sys\nprint(ascii(sys.stdin.buffer.read().decode()))")
            for done in (
                client.run("--stdin", file, program),
                client.run("--stdin", "-", program, source="a\r\nb\rc\n"),
            ):
                self.assertEqual(done.stdout.decode(), "'a\\r\\nb\\rc\\n'\n", done.stderr)
            # JSON has these in strings as they are.
            inputs.write_text('{"stdin": "a\u2028b\u0085"}\n{}', encoding="utf-8")
            lines = client.run("--runs", inputs, program).stdout.decode().splitlines()
            self.assertEqual(
                [json.loads(line)["output"] for line in lines],
                ["'a\\u2028b\\x85'\n", "''\n"],
            )

    def test_numbers_arrive_as_they_were_written(self):
        large = "9" * 5000
        done = client.run("--arg", f"a={large}", "--arg", "b=NaN", "--arg", "c=-0.0", "-",
                   source="import sys\nsys.set_int_max_str_digits(0)\n"
                   "def main(a, b, c): return [a, b, repr(c)]")  # fmt: skip
        self.assertIn(b"Exceeds the limit (4300 digits)", done.stderr)  # Python's own, in the run
        source = "import sys\nsys.set_int_max_str_digits(0)\ndef main(b, c): return [10**5000, b, repr(c)]"
        done = client.run("--arg", "b=NaN", "--arg", "c=-0.0", "-", source=source)
        self.assertEqual(done.stdout.decode(), f'[1{"0" * 5000}, "NaN", "-0.0"]\n', done.stderr)

    def test_each_line_of_a_file_is_a_run(self):
        with tempfile.TemporaryDirectory() as directory:
            inputs = Path(directory, "inputs.jsonl")
            # With a byte order mark, as other systems' editors put one.
            lines = '{"arguments": [2]}\n\n{"arguments": [0]}\n{"stdin": "x", "arguments": [4]}\n'
            inputs.write_text(lines, encoding="utf-8-sig")
            done = client.run("--runs", inputs, "-", source="def main(n): return 1 / n")
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([line.get("result") for line in lines], [0.5, None, 0.25])
            self.assertEqual([line["status"] for line in lines], [200, 400, 200])
            self.assertEqual(done.returncode, 1)
            for wrong in ("{}\n{", "{}\n" + "[" * 100_000, "{}\nNaN", "1", "", "{}\n[]"):
                inputs.write_text(wrong)
                done = client.run("--runs", inputs, "-", source="print(1)")
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertNotIn(b"Traceback", done.stderr)
            self.assertEqual(
                client.run("--runs", inputs, "--output", directory, "-", source="print(1)").returncode,
                2,
            )

    def test_files_come_back(self):
        with tempfile.TemporaryDirectory() as place:
            source = "import os\nos.mkdir('d')\nopen('d/t', 'w').write('\u00e4')\nopen('b', 'wb').write(b'\\xff')"
            done = client.run("--output", f"{place}/out", "-", source=source)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(Path(place, "out/d/t").read_text(), "\u00e4")
            self.assertEqual(Path(place, "out/b").read_bytes(), b"\xff")

    def test_endings(self):
        for name, (source, status, out, err) in ENDINGS.items():
            with self.subTest(name):
                done = client.run("--timeout", "3", "-", source=source)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual(done.stdout.decode(), out)
                self.assertIn(err, done.stderr.decode())
                if not err:
                    self.assertEqual(done.stderr, b"")

    def test_a_file_is_run(self):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "script.py"
            file.write_text("async def main(): return 'from a file'")
            self.assertEqual(client.run(str(file)).stdout, b'"from a file"\n')

    def test_the_dialect_can_be_chosen(self):
        source = "def main(): return 1\nprint('module')"
        self.assertEqual(client.run("--dialect", "code", "-", source=source).stdout, b"module\n")
        self.assertEqual(client.run("--dialect", "script", "-", source=source).stdout, b"module\n1\n")

    def test_a_file_that_runs_its_main_runs_it_once(self):
        for name, source in RUN_THEIR_MAIN.items():
            with self.subTest(name):
                done = client.run("-", source=source)
                if name == "newer_syntax":
                    self.assertIn(b"SyntaxError", done.stderr)
                    self.assertEqual(client.run("--json", "-", source=source).stdout[:11], b'{"output": ')
                else:
                    self.assertEqual((done.returncode, done.stdout), (0, b"x\n"), done.stderr)

    def test_a_file_that_does_not_run_its_main_is_a_script(self):
        for name, source in LEAVE_IT_TO_THE_SERVICE.items():
            with self.subTest(name):
                done = client.run("-", source=source)
                self.assertEqual((done.returncode, done.stdout.split()[-1:]), (0, [b"1"]), done.stderr)

    def test_advice_names_options_and_not_fields_of_a_request(self):
        plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])"
        for source, options, advice in (
            ("input()", (), "send what the script reads with --stdin\n"),
            ("import cv2", (), "--runtime lists what is, and modules of your own go with --file\n"),
            ("import files", (), "'files' is not installed"),
            ("open('stdin')", (), "Send 'stdin' with --file; a run"),
            ("import os; os.environ['files']", (), "Send 'files' with --env\n"),
            (plot, (), "Send --images DIRECTORY to get the figures that the script leaves open, or name the files"
             " that it saves with --output\n"),
            ("print('x' * 3000)", ("--limit", "output_kb=1"), "with --truncate it continues"),
            ("def main(n): pass", (), "Send what main() is to be called with as --arg"),
            ("def main(): pass", ("--arg", "n=1"), "What --arg has and the parameters of main() must agree"),
            ("while True: pass", ("--timeout", "0.2"), "; --timeout may ask for up to 30 s"),
            ("1", ("--timeout", "1000"), "python-executor: --timeout must be"),
            ("1", ("--limit", "memory_mb=1"), "python-executor: --limit: 'memory_mb' must be"),
            ("import sys\ndef main(): sys.exit()", (), "goes with --dialect code\n"),
            ("raise KeyError('stdin')", (), "KeyError: 'stdin'"),
        ):  # fmt: skip
            with self.subTest(source):
                self.assertIn(advice, client.run(*options, "-", source=source).stderr.decode())

    def test_json_prints_the_answer(self):
        answer = json.loads(client.run("--json", "-", source="def main(): return 1").stdout)
        self.assertEqual(answer, {"result": 1, "stdout": ""})

    def test_verbose_prints_the_time(self):
        self.assertRegex(client.run("--verbose", "-", source="1").stderr, rb"HTTP 200, queue;dur=")
        self.assertRegex(client.run("--verbose", "--json", "-", source="1").stderr, rb"HTTP 200, queue;dur=")

    def test_output_comes_while_the_script_runs(self):
        process = client.start("print('first', flush=True)\nwhile True: pass")
        with process:
            self.assertEqual(process.stdout.readline(), b"first\n")
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)

    def test_what_is_printed_live_is_what_the_answer_holds(self):
        source = "import sys\ndef main():\n    print('a\u2603'); print('b', file=sys.stderr)\n    print('c', end='')\n    return [1]"
        live = client.run("-", source=source)
        answer = json.loads(client.run("--json", "-", source=source).stdout)
        self.assertEqual(live.stdout.decode(), answer["stdout"] + "\n[1]\n")
        self.assertEqual(live.stderr.decode(), answer["stderr"])

    def test_plots_are_written(self):
        source = "import matplotlib.pyplot as plt\ndef main():\n    for n in 1, 2:\n        plt.figure(); plt.plot([1, n])\n"
        with tempfile.TemporaryDirectory() as directory:
            plots = Path(directory) / "plots"
            done = client.run("--images", str(plots), "-", source=source)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(
                sorted(file.name for file in plots.iterdir()),
                ["plot-1.png", "plot-2.png"],
            )
            for file in plots.iterdir():
                self.assertEqual(file.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_where_there_is_no_plot_it_says_so(self):
        with tempfile.TemporaryDirectory() as directory:
            done = client.run("--images", f"{directory}/plots", "-", source="print(1)")
            self.assertEqual((done.returncode, done.stdout), (0, b"1\n"))
            self.assertEqual(done.stderr, b"python-executor: no plot was shown or left open\n")
            self.assertFalse((Path(directory) / "plots").exists())

    def test_plots_that_cannot_be_written_end_with_2(self):
        source = "import matplotlib.pyplot as plt\ndef main():\n    plt.plot([1, 2])\n"
        done = client.run("--images", "/dev/null", "-", source=source)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot write the plots", done.stderr)

    def test_the_readmes_commands_work(self):
        url = client.url()
        files = {
            "script.py": "def main(): return 1",
            "plot.py": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
            "program.py": "print(3)",
            "inputs.jsonl": '{}\n{"stdin": "x"}\n',
        }
        printed = [
            "1\n",
            "42\n",
            "",
            '{\n  "version": "',
            '{"status": 200, "result": 1, ',
            '{"output": "3\\n", "error": null, "execution_time": ',
        ]
        commands = readme_commands.commands_under("api.md", "## The client")
        self.assertEqual(len(commands), len(printed))
        environment = {"PATH": f"{serving.PROGRAMS}:/usr/bin:/bin", "EXECUTOR_URL": url}
        with tempfile.TemporaryDirectory() as directory:
            for name, source in files.items():
                (Path(directory) / name).write_text(source)
            for command, start_of_output in zip(commands, printed):
                command = command.replace("https://python.example.org", url)
                done = subprocess.run(
                    ["bash", "-c", command],
                    cwd=directory,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
                with self.subTest(command):
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(done.stdout.startswith(start_of_output), done.stdout)
            self.assertTrue((Path(directory) / "plots/plot-1.png").exists())


if __name__ == "__main__":
    unittest.main()
