"""What the interfaces of other sandboxes, below /compat/, have in common: health, methods, keys, and what they
refuse."""

import json
import tempfile
import unittest

from support import compat, serving
from support.compat import RUNS, get, post


def setUpModule():
    compat.start_service()


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
            status, headers, _ = compat.service.request("GET", f"/compat/{path}")
            self.assertEqual((status, headers["Allow"]), (405, "POST"), path)

    def test_a_time_that_is_none_is_refused_by_the_name_that_was_sent(self):
        status, answer = post("sandboxfusion/run_code", RUNS["sandboxfusion/run_code"] | {"run_timeout": 0})
        self.assertEqual(
            (status, answer["status"], answer["message"]),
            (200, "SandboxError", "'run_timeout' must be a number of seconds greater than 0 and at most 30"),
        )
        for hundred in (b"100", b"1e2", b"1.0E+2"):
            body = b'{"code": "while True: pass", "timeout_ms": %b}' % hundred
            self.assertTrue(
                post("onyx/v1/execute", body, {"Content-Type": "application/json"})[1]["timed_out"], hundred
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

    def test_why_a_body_is_no_json_is_said(self):
        json_type = {"Content-Type": "application/json"}
        for path, body in RUNS.items():
            deep = json.dumps(post(path, "[" * 300 + "]" * 300, json_type)[1])
            self.assertIn("Request must be JSON: line 1, column 257", deep, path)
            marked = post(path, ("\ufeff" + json.dumps(body)).encode(), json_type)[1]
            self.assertIn("1\\n", json.dumps(marked), path)

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
