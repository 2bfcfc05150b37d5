"""`python-executor run` against a running service: what it prints, and how it ends."""

import json
import signal
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from support import readme_commands, serving

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
    "an_exit_of_a_script_ends_with_its_status": ("import os\ndef main(): os._exit(4)", 4, "", "Script exited with status 4"),
    "a_crash_ends_with_128_and_the_signal": ("import os\ndef main(): os.abort()", 128 + signal.SIGABRT, "", "SIGABRT"),
    "a_timeout_ends_with_124": ("def main():\n    print('so far', flush=True)\n    while True: pass", 124, "so far\n", "timed out"),
    "a_timeout_of_a_program_ends_with_124": ("while True: pass", 124, "", "timed out"),
    "a_hint_says_what_to_do": ("def main(): return {1}", 1, "", "Return sorted(value) or list(value)"),
    "a_hint_beside_a_traceback_is_shown": ("def main(): import torch", 1, "", "GET /runtime"),
    "too_much_memory_ends_with_137": ("def main(): return len(bytearray(2_000_000_000))", 137, "", "memory limit"),
    "too_much_output_ends_with_153": ("print('x' * 3_000_000)", 153, "x" * (1 << 20), "wrote more than"),
}  # fmt: skip


def setUpModule():
    global service
    service = serving.Service("--workers", "2", "--ready", "2")
    unittest.addModuleCleanup(service.__exit__)


def run(*arguments, source="", url=None, environment=None):
    url = url or f"http://127.0.0.1:{service.port}"
    return subprocess.run(
        [serving.PROGRAMS / "python-executor", "run", "--url", url, *arguments],
        input=source.encode(),
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", **(environment or {})},
        timeout=120,
    )


def start(source):
    """The client with a program, not waited for."""
    command = [
        serving.PROGRAMS / "python-executor",
        "run",
        "--url",
        f"http://127.0.0.1:{service.port}",
        "-",
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    process.stdin.write(source.encode())
    process.stdin.close()
    return process


def answer_once(server, answer):
    """Reads a request from the first client, and answers with these bytes."""
    connection, _ = server.accept()
    with connection:
        received = b""
        while b'"}' not in received:
            received += connection.recv(65536)
        connection.sendall(answer)


class Client(unittest.TestCase):
    def test_an_address_needs_no_scheme(self):
        done = run("-", source="print(1)", url=f"127.0.0.1:{service.port}")
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"), done.stderr)

    def test_a_byte_order_mark_is_no_part_of_the_program(self):
        done = run("-", source="\ufeffdef main(): return 1")
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"), done.stderr)

    def test_tracebacks_name_the_file(self):
        with tempfile.TemporaryDirectory() as place:
            file = Path(place, "mine.py")
            for source in ("def main():\n    return 1 / 0", "1 / 0", "def main(:"):
                file.write_text(source)
                done = run(file)
                self.assertIn(f'File "{file}", line', done.stderr.decode())
                self.assertNotIn("script.py", done.stderr.decode())
        self.assertIn(b'File "script.py"', run("-", source="1 / 0").stderr)

    def test_data_goes_along(self):
        with tempfile.TemporaryDirectory() as place:
            text, binary = Path(place, "in.txt"), Path(place, "b.bin")
            text.write_text("one\ntwo\n")
            binary.write_bytes(b"\xff\x00")
            done = run("--stdin", text, "--file", binary, "--file", f"d/x={text}", "--argv", "v", "--env", "A=b=c", "-",
                       source="import os, sys\nprint(input(), open('b.bin', 'rb').read(), open('d/x').read()[:3],"
                       " sys.argv[1:], os.environ['A'])")  # fmt: skip
            self.assertEqual(done.stdout.decode(), "one b'\\xff\\x00' one ['v'] b=c\n", done.stderr)
        done = run("--arg", "a=1e400", "--arg", "b=text", "--arg", "c=[1, 2]", "-",
                   source="def main(**named): return repr(named)")  # fmt: skip
        self.assertEqual(json.loads(done.stdout), "{'a': inf, 'b': 'text', 'c': [1, 2]}", done.stderr)

    def test_data_arrives_as_it_was_written(self):
        with tempfile.TemporaryDirectory() as place:
            file, inputs = Path(place, "in.txt"), Path(place, "inputs.jsonl")
            file.write_bytes(b"a\r\nb\rc\n")
            program = Path(place, "program.py")
            program.write_text("import sys\nprint(ascii(sys.stdin.buffer.read().decode()))")
            for done in (
                run("--stdin", file, program),
                run("--stdin", "-", program, source="a\r\nb\rc\n"),
            ):
                self.assertEqual(done.stdout.decode(), "'a\\r\\nb\\rc\\n'\n", done.stderr)
            # JSON has these in strings as they are.
            inputs.write_text('{"stdin": "a\u2028b\u0085"}\n{}', encoding="utf-8")
            lines = run("--runs", inputs, program).stdout.decode().splitlines()
            self.assertEqual(
                [json.loads(line)["output"] for line in lines],
                ["'a\\u2028b\\x85'\n", "''\n"],
            )

    def test_numbers_arrive_as_they_were_written(self):
        large = "9" * 5000
        done = run("--arg", f"a={large}", "--arg", "b=NaN", "--arg", "c=-0.0", "-",
                   source="import sys\nsys.set_int_max_str_digits(0)\n"
                   "def main(a, b, c): return [a, b, repr(c)]")  # fmt: skip
        self.assertIn(b"Exceeds the limit (4300 digits)", done.stderr)  # Python's own, in the run
        source = "import sys\nsys.set_int_max_str_digits(0)\ndef main(b, c): return [10**5000, b, repr(c)]"
        done = run("--arg", "b=NaN", "--arg", "c=-0.0", "-", source=source)
        self.assertEqual(done.stdout.decode(), f'[1{"0" * 5000}, "NaN", "-0.0"]\n', done.stderr)

    def test_each_line_of_a_file_is_a_run(self):
        with tempfile.TemporaryDirectory() as directory:
            inputs = Path(directory, "inputs.jsonl")
            inputs.write_text('{"arguments": [2]}\n\n{"arguments": [0]}\n{"stdin": "x", "arguments": [4]}\n')
            done = run("--runs", inputs, "-", source="def main(n): return 1 / n")
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([line.get("result") for line in lines], [0.5, None, 0.25])
            self.assertEqual([line["status"] for line in lines], [200, 400, 200])
            self.assertEqual(done.returncode, 1)
            inputs.write_text("{}\n{")
            self.assertEqual(run("--runs", inputs, "-", source="print(1)").returncode, 2)
            self.assertEqual(
                run("--runs", inputs, "--output", directory, "-", source="print(1)").returncode,
                2,
            )

    def test_files_come_back(self):
        with tempfile.TemporaryDirectory() as place:
            source = "import os\nos.mkdir('d')\nopen('d/t', 'w').write('\u00e4')\nopen('b', 'wb').write(b'\\xff')"
            done = run("--output", f"{place}/out", "-", source=source)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(Path(place, "out/d/t").read_text(), "\u00e4")
            self.assertEqual(Path(place, "out/b").read_bytes(), b"\xff")

    def test_wrong_options_end_with_2(self):
        for options in (
            ["--arg", "x"],
            ["--env", "x"],
            ["--stdin", "/nonexistent"],
            ["--stdin", "-"],
            ["--file", "/nonexistent"],
        ):
            self.assertEqual(run(*options, "-", source="print(1)").returncode, 2)

    def test_endings(self):
        for name, (source, status, out, err) in ENDINGS.items():
            with self.subTest(name):
                done = run("--timeout", "3", "-", source=source)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual(done.stdout.decode(), out)
                self.assertIn(err, done.stderr.decode())
                if not err:
                    self.assertEqual(done.stderr, b"")

    def test_a_file_is_run(self):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "script.py"
            file.write_text("async def main(): return 'from a file'")
            self.assertEqual(run(str(file)).stdout, b'"from a file"\n')

    def test_the_dialect_can_be_chosen(self):
        source = "def main(): return 1\nprint('module')"
        self.assertEqual(run("--dialect", "code", "-", source=source).stdout, b"module\n")
        self.assertEqual(run("--dialect", "script", "-", source=source).stdout, b"module\n1\n")

    def test_json_prints_the_answer(self):
        answer = json.loads(run("--json", "-", source="def main(): return 1").stdout)
        self.assertEqual(answer, {"result": 1, "stdout": ""})

    def test_verbose_prints_the_time(self):
        self.assertRegex(run("--verbose", "-", source="1").stderr, rb"HTTP 200, queue;dur=")
        self.assertRegex(run("--verbose", "--json", "-", source="1").stderr, rb"HTTP 200, queue;dur=")

    def test_output_comes_while_the_script_runs(self):
        process = start("print('first', flush=True)\nwhile True: pass")
        with process:
            self.assertEqual(process.stdout.readline(), b"first\n")
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)

    def test_what_is_printed_live_is_what_the_answer_holds(self):
        source = "import sys\ndef main():\n    print('a\u2603'); print('b', file=sys.stderr)\n    print('c', end='')\n    return [1]"
        live = run("-", source=source)
        answer = json.loads(run("--json", "-", source=source).stdout)
        self.assertEqual(live.stdout.decode(), answer["stdout"] + "\n[1]\n")
        self.assertEqual(live.stderr.decode(), answer["stderr"])

    def test_plots_are_written(self):
        source = "import matplotlib.pyplot as plt\ndef main():\n    for n in 1, 2:\n        plt.figure(); plt.plot([1, n])\n"
        with tempfile.TemporaryDirectory() as directory:
            plots = Path(directory) / "plots"
            done = run("--images", str(plots), "-", source=source)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(
                sorted(file.name for file in plots.iterdir()),
                ["plot-1.png", "plot-2.png"],
            )
            for file in plots.iterdir():
                self.assertEqual(file.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_where_there_is_no_plot_it_says_so(self):
        with tempfile.TemporaryDirectory() as directory:
            done = run("--images", f"{directory}/plots", "-", source="print(1)")
            self.assertEqual((done.returncode, done.stdout), (0, b"1\n"))
            self.assertEqual(done.stderr, b"python-executor: no plot was shown or left open\n")
            self.assertFalse((Path(directory) / "plots").exists())

    def test_plots_that_cannot_be_written_end_with_2(self):
        source = "import matplotlib.pyplot as plt\ndef main():\n    plt.plot([1, 2])\n"
        done = run("--images", "/dev/null", "-", source=source)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot write the plots", done.stderr)

    def test_an_answer_that_breaks_off_ends_with_69(self):
        begun = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: stdout\ndata: "so far"\n\n'
        for answer, out in (
            (begun, b"so far"),
            (b"HTTP/1.1 200 OK\r\n\r\n<html>", b""),
            (b"", b""),
        ):
            with self.subTest(answer), socket.create_server(("127.0.0.1", 0)) as server:
                url = f"http://127.0.0.1:{server.getsockname()[1]}"
                thread = threading.Thread(target=answer_once, args=(server, answer))
                thread.start()
                done = run("-", source="1", url=url)
                thread.join()
                self.assertEqual((done.returncode, done.stdout), (69, out))
                self.assertIn(b"no answer from http", done.stderr)

    def test_what_nginx_answers_ends_with_its_own_status(self):
        for status, kind, ending in (
            (401, "unauthorized", 77),
            (403, "forbidden", 77),
            (404, "not_found", 2),
            (413, "body_too_large", 2),
            (429, "too_many_requests", 75),
            (500, "internal", 70),
            (502, "not_running", 69),
            (503, "unavailable", 69),
            (504, "no_answer", 69),
        ):
            body = json.dumps({"error": "Its words", "error_type": kind})
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            with self.subTest(kind), socket.create_server(("127.0.0.1", 0)) as server:
                thread = threading.Thread(target=answer_once, args=(server, (head + body).encode()))
                thread.start()
                done = run("-", source="1", url=f"http://127.0.0.1:{server.getsockname()[1]}")
                thread.join()
                self.assertEqual(
                    (done.returncode, done.stderr),
                    (ending, b"python-executor: Its words\n"),
                )

    def test_the_address_comes_from_the_environment(self):
        environment = {
            "PATH": "/usr/bin:/bin",
            "EXECUTOR_URL": f"http://127.0.0.1:{service.port}/",
        }
        command = [serving.PROGRAMS / "python-executor", "run", "-"]
        done = subprocess.run(command, input=b"print(1)", capture_output=True, env=environment, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"))

    def test_a_file_that_cannot_be_read_ends_with_2(self):
        done = run("/nonexistent.py")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot read /nonexistent.py", done.stderr)

    def test_a_timeout_that_is_too_long_ends_with_2(self):
        self.assertEqual(run("--timeout", "1000", "-", source="1").returncode, 2)

    def test_a_service_that_is_not_there_ends_with_69(self):
        done = run("-", source="1", url=f"http://127.0.0.1:{serving.free_port()}")
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"Connection refused", done.stderr)

    def test_interrupting_ends_with_130_and_the_service_continues(self):
        with start("while True: pass") as process:
            # The request is under way once the client has a connection.
            while not any("socket:" in os_link for os_link in links(process.pid)):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)
        self.assertEqual(run("-", source="print(1)").returncode, 0)

    def test_the_readmes_commands_work(self):
        url = f"http://127.0.0.1:{service.port}"
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

    def test_help_has_the_table(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"124  its time was used up", done.stdout)


def links(pid):
    """What the descriptors of a process are."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except OSError:
            pass
    return found


if __name__ == "__main__":
    unittest.main()
