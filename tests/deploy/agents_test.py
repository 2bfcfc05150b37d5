"""Agents: the Model Context Protocol's official client, its inspector's command line (npm packages, pinned in
clients/), and what the protocol says of HTTP."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from support import fastcgi_client, npm_packages, serving

KEY = "a11ce-0123456789abcdef"
TOOL = "run_python_code"


def setUpModule():
    global service, clients
    clients = npm_packages.installed("clients")
    service = serving.Service("--workers", "2", "--mcp-origins", "https://app.example")
    unittest.addModuleCleanup(service.__exit__)


def node(*command):
    done = subprocess.run(["node", *map(str, command)], cwd=clients, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return json.loads(done.stdout)


def message(method, params=None, **more):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}, **more}


def runs_in_log(request_id):
    lines = [dict(re.findall(r"(\w+)=(\S+)", line)) for line in service.log().splitlines()]
    return [line for line in lines if line.get("id") == request_id]


def call(code, **arguments):
    return message("tools/call", {"name": TOOL, "arguments": {"python_code": code, **arguments}})


def post(body, headers=None, to=None):
    status, headers, answer = (to or service).request("POST", "/mcp", body, headers)
    return status, json.loads(answer) if answer else None


class OfficialClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found = node("agent.mjs", f"http://127.0.0.1:{service.port}/mcp")

    def test_a_version_is_agreed_on(self):
        self.assertEqual(self.found["server"]["name"], "python-executor")
        self.assertRegex(self.found["version"], r"^2025-\d\d-\d\d$")

    def test_the_tool_says_what_is_there(self):
        (tool,) = self.found["tools"]
        self.assertEqual(tool["name"], TOOL)
        for part in ("Python 3.", "numpy", "pandas", "no network", "Nothing survives"):
            self.assertIn(part, tool["description"])

    def test_a_value_comes_back_and_fits_the_schema(self):
        # The client checks structuredContent against the tool's outputSchema itself.
        result = self.found["value"]
        self.assertFalse(result["isError"])
        self.assertEqual([part["text"] for part in result["content"]], ["hi\n", "42"])
        self.assertEqual(result["structuredContent"]["value"], "42")

    def test_a_failure_is_a_result(self):
        result = self.found["failure"]
        self.assertTrue(result["isError"])
        self.assertIn("ZeroDivisionError", result["content"][0]["text"])
        self.assertIn("python_code", self.found["missing"]["content"][0]["text"])

    def test_a_figure_is_an_image(self):
        pictures = [part for part in self.found["picture"]["content"] if part["type"] == "image"]
        self.assertEqual(len(pictures), 1)
        self.assertTrue(pictures[0]["data"].startswith("iVBORw0KGgo"))

    def test_data_goes_along(self):
        self.assertEqual(self.found["files"]["structuredContent"]["stdout"], "xy\n")

    def test_an_unknown_tool_is_an_error_of_the_protocol(self):
        self.assertEqual(self.found["unknown"], -32602)


class Inspector(unittest.TestCase):
    def inspect(self, *options):
        packages = clients / "node_modules/@modelcontextprotocol"
        program = packages / "inspector-cli/build/cli.js"
        # It reads its version where the whole inspector would have it.
        shutil.copy(packages / "inspector-cli/package.json", packages)
        return node(program, "--cli", f"http://127.0.0.1:{service.port}/mcp", "--transport", "http", *options)

    def test_it_lists_and_calls_the_tool(self):
        self.assertEqual(self.inspect("--method", "tools/list")["tools"][0]["name"], TOOL)
        result = self.inspect("--method", "tools/call", "--tool-name", TOOL, "--tool-arg", "python_code=6*7")
        self.assertEqual(result["content"], [{"type": "text", "text": "42"}])


class Http(unittest.TestCase):
    def test_other_methods_are_405(self):
        for method in ("GET", "DELETE", "PUT", "HEAD"):
            status, headers, _ = service.request(method, "/mcp")
            self.assertEqual((status, headers["Allow"]), (405, "POST"), method)

    def test_a_notification_is_202_without_a_body(self):
        body = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        self.assertEqual(post(body), (202, None))

    def test_an_id_that_is_null_is_no_notification(self):
        status, answer = post(call("1") | {"id": None})
        self.assertEqual((status, answer["id"], answer["error"]["code"]), (400, None, -32600))

    def test_the_answer_is_json_whatever_is_accepted(self):
        for accept in (None, "text/event-stream", "application/json", "text/html", "*/*"):
            headers = {"Accept": accept} if accept else {}
            status, answered, body = service.request("POST", "/mcp", call("1 + 1"), headers)
            self.assertEqual((status, answered["Content-Type"]), (200, "application/json"), accept)
            self.assertEqual(json.loads(body)["result"]["structuredContent"]["value"], "2")

    def test_only_pages_of_this_machine_and_named_ones_may(self):
        for origin in ("http://localhost:3000", "http://127.0.0.1:1", "https://app.example"):
            self.assertEqual(post(message("ping"), {"Origin": origin})[0], 200, origin)
        for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
            self.assertEqual(post(message("ping"), {"Origin": origin})[0], 403, origin)

    def test_an_unknown_version_is_400(self):
        self.assertEqual(post(message("ping"), {"MCP-Protocol-Version": "2025-11-25"})[0], 200)
        self.assertEqual(post(message("ping"), {"MCP-Protocol-Version": "1999-01-01"})[0], 400)

    def test_a_batch_is_answered_in_one_array(self):
        status, answers = post([call("1"), {"jsonrpc": "2.0", "method": "x"}, message("ping", id="b")])
        self.assertEqual((status, [answer["id"] for answer in answers]), (200, [1, "b"]))
        self.assertEqual(answers[0]["result"]["structuredContent"]["value"], "1")

    def test_the_answers_of_a_batch_come_one_by_one(self):
        # Else nginx would take a batch for one request that takes too long, and all would be held at once.
        batch = json.dumps([call("1"), call("while True: pass", timeout=30)]).encode()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(25)
            connection.connect(f"/run/python-executor/{service.port}/responder.sock")
            connection.sendall(fastcgi_client.request(batch, ROUTE="mcp"))
            answer = b""
            for piece in fastcgi_client.output(connection):
                answer += piece
                if b'"value": "1"' in answer:
                    break
            self.assertIn(b'"value": "1"', answer)
            self.assertNotIn(b"timed out", answer)

    def test_no_call_of_a_batch_has_waited_for_those_before_it(self):
        batch = [call("import time; time.sleep(1)"), call("1")]
        self.assertEqual(service.request("POST", "/mcp", batch, {"X-Request-Id": "one-batch"})[0], 200)
        deadline = time.monotonic() + 30
        while len(runs := runs_in_log("one-batch")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        second, first = sorted(runs, key=lambda run: float(run["run_ms"]))
        self.assertLess(float(second["queue_ms"]), float(first["run_ms"]))

    def test_another_content_type_is_415(self):
        self.assertEqual(service.request("POST", "/mcp", "{}", {"Content-Type": "text/plain"})[0], 415)

    def test_global_variables_are_what_json_says(self):
        code = "import json\nprint(json.dumps([n, f, d], sort_keys=True))"
        body = (
            json.dumps(call(code))[:-3]
            + ', "global_variables": {"n": 12345678901234567890123, "f": 0.1, "d": {"a": [null]}}}}}'
        )
        status, answer = post(body, {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        self.assertEqual(
            answer["result"]["structuredContent"]["stdout"], '[12345678901234567890123, 0.1, {"a": [null]}]\n'
        )

    def test_a_wrong_argument_is_a_result_that_names_it(self):
        for arguments, named in (
            ({"time_limit": 5}, "'time_limit'"),
            ({"timeout": "5"}, "'timeout'"),
            ({"timeout": 31}, "'timeout'"),
            ({"stdin": 1}, "'stdin'"),
            ({"files": []}, "'files'"),
            ({"global_variables": 1}, "'global_variables'"),
            ({"python_code": 1}, "'python_code'"),
            ({"code": "1"}, "'code'"),
        ):
            status, answer = post(
                message("tools/call", {"name": TOOL, "arguments": {"python_code": "1", **arguments}})
            )
            self.assertEqual((status, answer["result"]["isError"]), (200, True), arguments)
            self.assertIn(named, answer["result"]["content"][0]["text"])
            self.assertIn(named, answer["result"]["structuredContent"]["error"])

    def test_a_hint_names_what_the_tool_has(self):
        for code, hint in (
            ("import no_such_module", "modules of your own go into 'files'"),
            ("!pip install x", "Packages cannot be installed in a run"),
            ("return 5", "Only functions return: let the program print, or end with the value"),
            (
                "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.parse_args()",
                "Give its arguments defaults",
            ),
        ):
            text = post(call(code))[1]["result"]["content"][-1]["text"]
            self.assertTrue(text.endswith(hint), text)
            self.assertNotIn("GET /", text)
            self.assertEqual(text.count("SyntaxError: "), int("return" in code or "!" in code), text)

    def test_no_variable_survives_a_call(self):
        post(call("leak = 1", global_variables={"other": 1}))
        self.assertEqual(
            post(call("'leak' in globals() or 'other' in globals()"))[1]["result"]["structuredContent"]["value"],
            "False",
        )

    def test_a_body_that_is_too_large_is_413(self):
        self.assertEqual(post(call("#" * (9 << 20)))[0], 413)


class Settings(unittest.TestCase):
    def test_off_it_is_not_found(self):
        with serving.Service("--workers", "1", "--mcp", "off") as other:
            self.assertEqual(post(message("ping"), to=other)[0], 404)

    def test_a_key_is_wanted_where_one_is_set(self):
        with tempfile.NamedTemporaryFile("w") as keys:
            keys.write(f"alice {KEY}\n")
            keys.flush()
            with serving.Service("--workers", "1", "--api-keys-file", keys.name) as other:
                self.assertEqual(post(message("ping"), to=other)[0], 401)
                self.assertEqual(post(message("ping"), {"X-API-Key": KEY}, other)[0], 200)
                found = node("agent.mjs", f"http://127.0.0.1:{other.port}/mcp", KEY)
                self.assertEqual(found["value"]["structuredContent"]["value"], "42")


if __name__ == "__main__":
    unittest.main()
