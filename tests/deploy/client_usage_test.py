"""`python-executor run`: its options, addresses and streams, and servers that do not answer as they should."""

import json
import signal
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from support import client, serving


def setUpModule():
    client.serve()


class Usage(unittest.TestCase):
    def test_an_address_needs_no_scheme(self):
        done = client.run("-", source="print(1)", address=f"127.0.0.1:{client.service.port}")
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"), done.stderr)

    def test_wrong_options_end_with_2(self):
        for options in (
            ["--arg", "x"],
            ["--env", "x"],
            ["--stdin", "/nonexistent"],
            ["--stdin", "-"],
            ["--file", "/nonexistent"],
            *(["--timeout", text] for text in ("nan", "inf", "-inf", "1e400", "", "x", "-1", "0", "1e300", "-1e300")),
            *(["--limit", f"memory_mb={text}"] for text in ("nan", "-1", "", "\u00b2", "1.5", "9" * 5000)),
            ["--limit", "\u0436=1"],
            ["--stdin", ""],
            ["--runs", ""],
            ["--images", ""],
            ["--output", ""],
            ["--file", ""],
            ["--arg", "a=" + "[" * 100_000],
            ["--arg", "a=" + "[" * 6_000 + "]" * 6_000],
            ["--arg", "a=" + "[" * 3_000 + "]" * 3_000, "--dialect", "script"],
            *([option, b"a=\xff"] for option in ("--arg", "--argv", "--env")),
            ["--arg", b'a="\xff"'],
            ["--arg", b"\xff=1"],
            ["--limit", b"\xff=1"],
            ["--file", b"\xff=/dev/null"],
        ):
            with self.subTest(str(options)[:60]):
                done = client.run(*options, "-", source="print(1)")
                self.assertEqual((done.returncode, done.stdout), (2, b""), done.stderr)
                self.assertNotIn(b"Traceback", done.stderr)
                self.assertNotIn(b"not an address", done.stderr)

    def test_addresses_that_are_none_end_with_2(self):
        for url in ("", "ftp://x", "file:///etc", "http://", "http://x:y", "http://x:99999", "http://[::1", "http://a..b",
                    "http://x/ y", "http://x/\u0436", "http://x/?y", "http://x/#y", "http://u:sec%ret@x", "//x", "x\ny",
                    "u:sec%ret@localhost", "http://x\\y"):  # fmt: skip
            with self.subTest(url):
                for options in (["-"], ["--runtime"]):
                    done = (
                        client.run(*options, source="1", address=url)
                        if url
                        else client.run("--url", "", *options, source="1")
                    )
                    self.assertEqual((done.returncode, done.stdout), (2, b""), done.stderr)
                    self.assertIn(b"not an address of a python-executor", done.stderr)
                    self.assertNotIn(b"sec%ret", done.stderr)

    def test_variables_of_the_environment_that_are_wrong_are_named_and_no_key_is_printed(self):
        for key in ("sec%ret\nmore", "sec%ret\r", "sec%ret\u0436", "sec%ret\u00e9", "sec ret", b"sec%ret\xff"):
            for options in (["-"], ["--runtime"]):
                with self.subTest(key):
                    done = client.run(*options, source="1", environment={"EXECUTOR_KEY": key})
                    self.assertEqual((done.returncode, done.stdout), (2, b""))
                    self.assertRegex(done.stderr, b"^python-executor: EXECUTOR_KEY has characters .*\n$")
                    self.assertNotIn(b"sec", done.stderr)
        for proxy in ("http://p:99999", "http://p:x", "nonsense:x", "\u0436", "http://\u0436\u0436:x"):
            with self.subTest(proxy):
                done = client.run("-", source="1", environment={"http_proxy": proxy})
                self.assertEqual((done.returncode, done.stdout), (69, b""))
                self.assertRegex(done.stderr, b"^python-executor: no answer from http.*\n$")
        self.assertEqual(self.at_default_address(""), self.at_default_address(None))

    def at_default_address(self, url):
        """What it says of the address that it takes with this $EXECUTOR_URL, at a proxy that is not there."""
        environment = {"http_proxy": "127.0.0.1:1"} | ({} if url is None else {"EXECUTOR_URL": url})
        command = [serving.PROGRAMS / "python-executor", "run", "-"]
        done = subprocess.run(command, input=b"1", capture_output=True, env=environment, timeout=60)
        self.assertIn(b"no answer from http://localhost:8080: ", done.stderr)
        return done.returncode, done.stderr

    def test_output_that_cannot_be_written_is_not_the_services_fault(self):
        command = [serving.PROGRAMS / "python-executor", "run", "--url", client.url()]
        said = b"python-executor: cannot write the output: No space left on device\n"
        with tempfile.NamedTemporaryFile() as inputs:
            inputs.write(b"{}")
            inputs.flush()
            for options in (["-"], ["--json", "-"], ["--runs", inputs.name, "-"], ["--runtime"], ["--help"]):
                with self.subTest(options), open("/dev/full", "wb") as full:
                    done = subprocess.run(
                        [*command, *options], input=b"print(1)", stdout=full, stderr=subprocess.PIPE
                    )
                    self.assertEqual((done.returncode, done.stderr), (2, said))
        with open("/dev/full", "wb") as full:
            source = b"import sys\nprint(1, file=sys.stderr)"
            done = subprocess.run([*command, "-"], input=source, stdout=subprocess.PIPE, stderr=full)
            self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_streams_that_are_closed_are_as_devnull(self):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "file.py")
            file.write_text("import sys\nprint(sys.stdin.read(), end='')\nprint('e', file=sys.stderr)")
            command = f"'{serving.PROGRAMS}/python-executor' run --url {client.url()} --stdin - '{file}'"
            for closed, out, err in (("<&-", b"", b"e\n"), (">&-", b"", b"e\n"), ("2>&-", b"in", b"")):
                with self.subTest(closed):
                    done = subprocess.run(["bash", "-c", f"{command} {closed}"], input=b"in", capture_output=True)
                    self.assertEqual((done.returncode, done.stdout, done.stderr), (0, out, err))

    def test_the_usage_names_the_program_as_it_was_called(self):
        self.assertTrue(client.run("--help").stdout.startswith(b"usage: python-executor run ["))
        self.assertTrue(client.run("--nonsense").stderr.startswith(b"usage: python-executor run ["))
        alone = serving.REPOSITORY / "client/python-executor-client"
        for options in (["--help"], ["--nonsense"]):
            done = subprocess.run([alone, *options], capture_output=True, env={"PATH": "/usr/bin:/bin"})
            self.assertTrue((done.stdout or done.stderr).startswith(b"usage: python-executor-client ["))
            self.assertNotIn(b"python-executor run [", done.stdout + done.stderr)

    def test_json_of_other_servers_is_no_answer(self):
        for body in ({"error": {"reason": "x"}, "status": 405}, {"stdout": 1}, {"runs": 5}, {"runs": [{"error": "x"}]}, [], 1,
                     {"error": "x", "warnings": [1]}, {"images": [1]}, {"error": "x", "error_type": 7}):  # fmt: skip
            text = json.dumps(body)
            head = f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
            with self.subTest(text):
                done = client.run_against(head + text)
                self.assertEqual((done.returncode, done.stdout), (69, b""), done.stderr)
                self.assertIn(b"is not python-executor", done.stderr)

    def test_an_answer_that_breaks_off_ends_with_69(self):
        begun = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: stdout\ndata: "so far"\n\n'
        for answer, out in (
            (begun, b"so far"),
            (b"HTTP/1.1 200 OK\r\n\r\n<html>", b""),
            (b"", b""),
        ):
            with self.subTest(answer), socket.create_server(("127.0.0.1", 0)) as server:
                url = f"http://127.0.0.1:{server.getsockname()[1]}"
                thread = threading.Thread(target=client.answer_once, args=(server, answer))
                thread.start()
                done = client.run("-", source="1", address=url)
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
            with self.subTest(kind):
                done = client.run_against(head + body)
                self.assertEqual(
                    (done.returncode, done.stderr),
                    (ending, b"python-executor: Its words\n"),
                )

    def test_the_address_comes_from_the_environment(self):
        environment = {
            "PATH": "/usr/bin:/bin",
            "EXECUTOR_URL": f"{client.url()}/",
        }
        command = [serving.PROGRAMS / "python-executor", "run", "-"]
        done = subprocess.run(command, input=b"print(1)", capture_output=True, env=environment, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"))

    def test_a_file_that_cannot_be_read_ends_with_2(self):
        done = client.run("/nonexistent.py")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot read /nonexistent.py", done.stderr)

    def test_a_timeout_that_is_too_long_ends_with_2(self):
        self.assertEqual(client.run("--timeout", "1000", "-", source="1").returncode, 2)

    def test_a_service_that_is_not_there_ends_with_69(self):
        done = client.run("-", source="1", address=f"http://127.0.0.1:{serving.free_port()}")
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"Connection refused", done.stderr)

    def test_interrupting_ends_with_130_and_the_service_continues(self):
        with client.start("while True: pass") as process:
            # The request is under way once the client has a connection.
            while not any("socket:" in os_link for os_link in links(process.pid)):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)
        self.assertEqual(client.run("-", source="print(1)").returncode, 0)

    def test_help_has_the_table(self):
        done = client.run("--help")
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
