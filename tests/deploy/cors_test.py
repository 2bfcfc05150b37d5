"""Pages of other origins (the setting cors-origins): what the answers say, and what a browser makes of it."""

import http.server
import tempfile
import threading
import unittest

from support import browser, serving

KEY = "a11ce-0123456789abcdef"
BODY = {"code": "print(6 * 7)"}
# What a page gets: the status and the output of one request, or "refused" by the browser.
FETCH = """
window.got = null;
const headers = {"Content-Type": "application/json", ...arguments[1]};
fetch(arguments[0], {method: "POST", headers, body: '{"code": "print(6 * 7)"}'})
  .then(async (answer) => [answer.status, (await answer.json()).output ?? null, answer.headers.get("X-Request-Id") !== null])
  .catch(() => "refused").then((got) => { window.got = got; });
"""


class PageHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another origin</title>")

    def log_message(self, *_):
        pass


def setUpModule():
    global service, origin, keys
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PageHandler)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    unittest.addModuleCleanup(pages.server_close)
    unittest.addModuleCleanup(pages.shutdown)
    origin = f"http://127.0.0.1:{pages.server_port}"
    keys = tempfile.NamedTemporaryFile("w")
    unittest.addModuleCleanup(keys.close)
    keys.write(f"alice {KEY}\n")
    keys.flush()
    service = serving.Service(
        "--workers", "2", "--cors-origins", f"{origin}, https://app.example", "--api-keys-file", keys.name
    )
    unittest.addModuleCleanup(service.__exit__)


def ask(method, path, origin, body=None, headers=None, to=None):
    headers = {"Origin": origin, **(headers or {})}
    status, answered, _ = (to or service).request(method, path, body, headers)
    return status, answered


class Answers(unittest.TestCase):
    def preflight(self, path, origin, **options):
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,authorization",
        }
        return ask("OPTIONS", path, origin, headers=asked, **options)

    def test_a_preflight_is_answered_without_a_key(self):
        for path in ("/execute", "/mcp", "/compat/dify/v1/sandbox/run"):
            status, headers = self.preflight(path, "https://app.example")
            self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, "https://app.example"), path)
            self.assertIn("POST", headers["Access-Control-Allow-Methods"])
            for name in ("Content-Type", "Authorization", "X-API-Key", "MCP-Protocol-Version"):
                self.assertIn(name, headers["Access-Control-Allow-Headers"])
            self.assertEqual(headers["Vary"], "Origin")

    def test_other_origins_are_not(self):
        for other in (
            "https://evil.example",
            "null",
            "https://app.example.evil.example",
            "https://app.example:444",
            "https://appxexample",
            "HTTPS://APP.EXAMPLE",
        ):
            status, headers = self.preflight("/execute", other)
            self.assertNotEqual(status, 204, other)
            self.assertIsNone(headers["Access-Control-Allow-Origin"], other)

    def test_every_answer_may_be_read_errors_included(self):
        key = {"X-API-Key": KEY}
        for status, method, path, body, headers in (
            (200, "POST", "/execute", BODY, key),
            (401, "POST", "/execute", BODY, {}),
            (400, "POST", "/execute", {}, key),
            (413, "POST", "/execute", {"code": "#" * (9 << 20)}, key),
            (405, "GET", "/execute", None, key),
            (200, "GET", "/health", None, {}),
        ):
            got, answered = ask(method, path, "https://app.example", body, headers)
            self.assertEqual(
                (got, answered["Access-Control-Allow-Origin"], answered["Vary"]),
                (status, "https://app.example", "Origin"),
                path,
            )
            self.assertIn("Retry-After", answered["Access-Control-Expose-Headers"])
            self.assertIsNone(answered["Access-Control-Allow-Methods"])

    def test_without_the_setting_nothing_is_said(self):
        with serving.Service("--workers", "1") as other:
            for status, headers in (
                self.preflight("/execute", "https://app.example", to=other),
                ask("POST", "/execute", "https://app.example", BODY, to=other),
            ):
                self.assertIn(status, (200, 405))
                self.assertEqual([name for name in headers if name.startswith(("Access-Control", "Vary"))], [])


class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.close)

    def fetch(self, url, headers):
        self.page.open(url)
        self.page.script(FETCH, f"http://127.0.0.1:{service.port}/execute", headers)
        self.page.wait(lambda: self.page.script("return window.got") is not None, "the answer")
        return self.page.script("return window.got")

    def test_a_page_of_a_named_origin_gets_its_answer_and_its_errors(self):
        self.assertEqual(self.fetch(origin, {"Authorization": f"Bearer {KEY}"}), [200, "42\n", True])
        self.assertEqual(self.fetch(origin, {}), [401, None, True])

    def test_a_page_of_another_origin_gets_nothing(self):
        self.assertEqual(self.fetch(origin.replace("127.0.0.1", "localhost"), {"X-API-Key": KEY}), "refused")


if __name__ == "__main__":
    unittest.main()
