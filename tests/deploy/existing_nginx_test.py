"""The service behind an existing nginx (support/stock_nginx.py): below a prefix of another site, and a site of its
own with TLS, keys and limits."""

import collections
import concurrent.futures
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import browser, stock_nginx
from support.stock_nginx import REPOSITORY, USER, Responder, StockNginx, own_directory, result

MCP_CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "run_python_code", "arguments": {"python_code": "1 + 1"}},
}


def setUpModule():
    stock_nginx.stage_programs()


class Installed(unittest.TestCase):
    def test_the_examples_name_the_directory_of_the_pages_wherever_it_is(self):
        with tempfile.TemporaryDirectory() as files:
            install = ["make", "-s", "-C", REPOSITORY, "install", "PREFIX=/opt/it", f"DESTDIR={files}"]
            subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
            examples = Path(files, "opt/it/share/python-executor/nginx")
            for example in ("location.conf", "tls-keys-limits.conf"):
                (pages,) = re.findall(r"(?m)^\s*(?:alias|root) (.*?)/?;$", (examples / example).read_text())
                self.assertTrue(Path(files + pages, "index.html").is_file(), (example, pages))


class UnderAPrefix(unittest.TestCase):
    """One responder on its socket, the location snippet in the server of another site."""

    @classmethod
    def setUpClass(cls):
        directory = Path(tempfile.mkdtemp(prefix="python-executor-nginx."))
        cls.addClassCleanup(shutil.rmtree, directory)
        shutil.chown(directory, USER, USER)
        path = f"{directory}/responder.sock"
        cls.responder = Responder(path, "--compat", "onyx")
        cls.addClassCleanup(cls.responder.__exit__)
        cls.nginx = StockNginx(
            directory,
            ["conf.d/python-executor.conf"],
            "include python-executor-location.conf;",
            [("/run/python-executor/responder.sock", path)],
        )
        cls.addClassCleanup(cls.nginx.__exit__)

    def check_json_error(self, answer, status):
        got, headers, body = answer
        self.assertEqual(got, status)
        self.assertEqual(headers.get_content_type(), "application/json")
        self.assertTrue(json.loads(body)["error"])
        self.assertTrue(headers["X-Request-Id"])

    def test_scripts_run_and_health_is_healthy(self):
        answer = self.nginx.request(
            "POST", "/api/execute", {"script": "def main(): return 42"}, {"X-Request-Id": "mine-1"}
        )
        self.assertEqual(result(answer), 42)
        self.assertEqual(answer[1].get_all("X-Request-Id"), ["mine-1"])
        self.assertIn("run;dur=", answer[1]["Server-Timing"])
        status, _, body = self.nginx.request("GET", "/api/health")
        self.assertEqual((status, json.loads(body)), (200, {"status": "healthy"}))

    def test_numbers_are_for_this_machine_only(self):
        status, _, body = self.nginx.request("GET", "/api/metrics")
        self.assertEqual(status, 200)
        self.assertIn(b"python_executor_", body)
        other = http.client.HTTPConnection("127.0.0.1", self.nginx.port, timeout=60, source_address=("127.0.0.2", 0))
        self.addCleanup(other.close)
        other.request("GET", "/api/metrics", headers={"Host": "other.example.org"})
        refused = other.getresponse()
        self.check_json_error((refused.status, refused.headers, refused.read()), 403)

    def test_agents_and_other_clients_are_served_below_the_prefix(self):
        status, _, body = self.nginx.request("POST", "/api/mcp", MCP_CALL)
        self.assertEqual((status, json.loads(body)["result"]["structuredContent"]["value"]), (200, "2"))
        status, _, body = self.nginx.request("POST", "/api/compat/onyx/v1/execute", {"code": "print(1)"})
        self.assertEqual((status, json.loads(body)["stdout"]), (200, "1\n"))
        self.assertEqual(self.nginx.request("GET", "/api/compat/onyx/health")[0], 200)

    def test_errors_are_json_below_the_prefix(self):
        self.check_json_error(self.nginx.request("GET", "/api/nope"), 404)
        self.check_json_error(self.nginx.request("POST", "/api/execute", {"code": "#" * (8 << 20)}), 413)
        refused = self.nginx.request("GET", "/api/execute")
        self.check_json_error(refused, 405)
        self.assertEqual(refused[1]["Allow"], "POST")
        self.assertNotEqual(self.nginx.request("GET", "/__python_executor_error")[0], 200)

    def test_the_other_site_is_as_it_was(self):
        self.assertEqual(self.nginx.request("GET", "/")[2], b"the other site")
        self.assertEqual(self.nginx.request("GET", "/execute")[2], b"the other site")
        status, _, body = self.nginx.request("GET", "/gone")
        self.assertEqual((status, body), (404, b"the other site's own page"))

    def test_the_default_site_is_as_it_was(self):
        status, headers, body = self.nginx.request("GET", "/", host="elsewhere")
        self.assertEqual(status, 200)
        self.assertIn(b"Welcome to nginx", body)
        status, headers, body = self.nginx.request("GET", "/api/health", host="elsewhere")
        self.assertEqual((status, headers.get_content_type()), (404, "text/html"))

    def test_the_pages_are_there_below_the_prefix(self):
        for path in ("/api/", "/api/docs", "/api/redoc"):
            status, headers, _ = self.nginx.request("GET", path)
            self.assertEqual((status, headers.get_content_type()), (200, "text/html"), path)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(json.loads(self.nginx.request("GET", "/api/openapi.json")[2])["openapi"], "3.1.0")

    def test_the_playground_and_swagger_ui_run_scripts_below_the_prefix(self):
        with browser.Browser(flags=["--host-resolver-rules=MAP other.example.org 127.0.0.1"]) as page:
            here = f"http://other.example.org:{self.nginx.port}/api/"
            page.open(here)
            page.wait_for("#run:enabled").click()
            page.wait(lambda: page.find("#outcome").text == "Done")
            page.open(here + "docs")
            page.wait_for("#operations-run-execute .opblock-summary-control").click()
            page.wait_for("#operations-run-execute button.execute").click()
            page.wait_for("#operations-run-execute .live-responses-table tr.response")
            asked = [a for a in page.addresses() if a.endswith("/execute")]
            self.assertEqual(asked, [here + "execute"] * 2)


class WithKeysAndLimits(unittest.TestCase):
    def setUp(self):
        directory = own_directory(self)
        path = f"{directory}/responder.sock"
        responder = Responder(path, "--preload", "light:", "--workers", "16", "--compat", "onyx")
        self.addCleanup(responder.__exit__)
        certificate = directory / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=python.example.org", "-addext", "subjectAltName=DNS:python.example.org",
             "-keyout", directory / "certificate.key", "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        (directory / "keys").write_text('"~^a11ce$" alice;\n"~^b0b$" bob;\n')
        self.context = ssl.create_default_context(cafile=certificate)
        self.nginx = StockNginx(
            directory,
            ["conf.d/python-executor.conf", "examples/tls-keys-limits.conf"],
            changes=[
                ("/run/python-executor/responder.sock", path),
                (r"/etc/ssl/certs/python\.example\.org", str(directory / "certificate")),
                (r"/etc/ssl/private/python\.example\.org", str(directory / "certificate")),
                (r"include \S*/python-executor\.keys", f"include {directory}/keys"),
            ],
            options=["--cors-origins", "https://app.example"],
        )
        self.addCleanup(self.nginx.__exit__)

    def request(self, method, path, body=None, address="127.0.0.1", **headers):
        raw = socket.create_connection(("127.0.0.1", self.nginx.tls_port), timeout=60, source_address=(address, 0))
        connection = http.client.HTTPConnection("python.example.org")
        connection.sock = self.context.wrap_socket(raw, server_hostname="python.example.org")
        try:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            if body is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def test_keys_open_and_nothing_else_does(self):
        job = {"script": "def main(): return 'ran'"}
        for headers in ({"Authorization": "Bearer a11ce"}, {"X_API_Key": "b0b"}):
            self.assertEqual(result(self.request("POST", "/execute", job, **headers)), "ran")
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"X_API_Key": ""}, {"Authorization": "Basic a11ce"},
                        {"X_API_Key": "alice"}, {"X_API_Key": "A11CE"}, {"Authorization": "Bearer a11ce b0b"}):  # fmt: skip
            status, answer_headers, body = self.request("POST", "/execute", job, **headers)
            self.assertEqual(status, 401, headers)
            self.assertEqual(answer_headers.get_content_type(), "application/json")
            self.assertEqual(json.loads(body), {"error": "Unauthorized", "error_type": "unauthorized"})
            self.assertIn("Bearer", answer_headers["WWW-Authenticate"])
        self.assertEqual(self.request("GET", "/health")[0], 200)
        self.assertEqual(self.request("GET", "/compat/onyx/health")[0], 200)
        self.assertEqual(self.request("GET", "/")[0], 200)
        self.assertEqual(self.request("GET", "/metrics")[0], 200)
        self.assertEqual(self.request("GET", "/metrics", address="127.0.0.2", X_API_Key="b0b")[0], 403)

    def test_a_preflight_needs_none(self):
        asked = {"Origin": "https://app.example", "Access_Control_Request_Method": "POST"}
        status, headers, _ = self.request("OPTIONS", "/execute", **asked)
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, "https://app.example"))
        self.assertEqual(self.request("OPTIONS", "/execute", **asked | {"Origin": "https://evil.example"})[0], 401)

    def test_agents_and_other_clients_need_a_key_too(self):
        for path, body in (("/mcp", MCP_CALL), ("/compat/onyx/v1/execute", {"code": "1 + 1"})):
            self.assertEqual(self.request("POST", path, body)[0], 401, path)
            status, _, answer = self.request("POST", path, body, X_API_Key="b0b")
            self.assertEqual(status, 200, path)
            self.assertIn("2", json.dumps(json.loads(answer)))

    def test_the_limit_of_a_client_is_one_for_all_its_paths(self):
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            asked = [("/mcp", MCP_CALL), ("/compat/onyx/v1/execute", {"code": "1"}), ("/execute", {"code": "1"})] * 60
            answers = list(pool.map(lambda job: self.request("POST", *job, X_API_Key="a11ce"), asked))
        refused = collections.Counter(path for (path, _), answer in zip(asked, answers) if answer[0] == 429)
        self.assertEqual(set(refused), {"/mcp", "/compat/onyx/v1/execute", "/execute"})

    def test_too_many_requests_of_one_client_are_answered_with_429_and_the_other_clients_run(self):
        def ask(key, job):
            return self.request("POST", "/execute", job, X_API_Key=key)

        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            slow = {"code": "import time; time.sleep(4)", "timeout": 20}  # all are there before the first ends
            at_once = list(pool.map(lambda _: ask("a11ce", slow), range(24)))
        self.assertEqual(collections.Counter(a[0] for a in at_once)[200], 8)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            many = list(pool.map(lambda _: ask("a11ce", {"code": "1"}), range(150)))
            others = pool.submit(ask, "b0b", {"code": "print(1)"}).result()
        self.assertEqual(others[0], 200)
        refused = [answer for answer in at_once + many if answer[0] != 200]
        self.assertGreater(len(refused), 16)
        for status, headers, body in refused:
            self.assertEqual(status, 429)
            self.assertEqual(json.loads(body)["error_type"], "too_many_requests")
            self.assertRegex(json.loads(body)["error"], "at most (8 at once|20 a second) for one client")
            self.assertRegex(headers["Retry-After"], "^[0-9]+$")
            self.assertTrue(headers["X-Request-Id"])


if __name__ == "__main__":
    unittest.main()
