"""The description of the API is true: every kind of answer of a running service is what it says.

An answer is checked against the description alone: the path and method must be there, the status (or
`default`) among the operation's responses, the body valid for its schema, and the headers there and
as described.
"""

import json
import subprocess
import tempfile
import unittest

import jsonschema
from support import serving

SCHEMAS = jsonschema.Draft202012Validator


class Description:
    def __init__(self, document):
        self.document = document
        self.store = jsonschema.RefResolver("", document)
        self.seen = set()  # (path, method, status)

    def follow(self, node):
        while "$ref" in node:
            node = self.store.resolve(node["$ref"])[1]
        return node

    def errors(self, schema, value):
        found = SCHEMAS(schema, resolver=self.store).iter_errors(value)
        return [f"{error.json_path}: {error.message}" for error in found]

    def response(self, path, method, status):
        operation = self.document["paths"][path][method.lower()]
        responses = operation["responses"]
        self.seen.add((path, method, status))
        return self.follow(responses.get(str(status), responses.get("default")))

    def objections(self, response, headers, body):
        """What in an answer is not as `response` describes it."""
        found = []
        for name, header in response.get("headers", {}).items():
            header = self.follow(header)
            name = name.split("Of")[0]
            if name in headers:
                found += [f"{name}: {e}" for e in self.errors(header["schema"], headers[name])]
            elif header.get("required"):
                found.append(f"{name} is missing")
        kind = headers.get_content_type()
        if kind not in response["content"]:
            return [*found, f"content type {kind}"]
        value = json.loads(body) if kind == "application/json" else body.decode()
        return found + self.errors(response["content"][kind]["schema"], value)


def setUpModule():
    global service, description
    service = serving.Service("--workers", "2", "--queue", "1", "--memory-limit-mb", "256")
    unittest.addModuleCleanup(service.__exit__)
    description = Description(json.loads(service.request("GET", "/openapi.json")[2]))


# One job for each ending that a script can bring about, and the contract's word for it.
ENDINGS = {
    "missing_main": {"script": "x = 1"},
    "syntax_error": {"script": "def main(:"},
    "exception": {"script": "def main(): return 1 / 0"},
    "invalid_result": {"script": "def main(): return {1, 2}"},
    "exited": {"script": "import os\ndef main(): os._exit(3)"},
    "timeout": {"script": "def main():\n    while True: pass", "timeout": 0.2},
    "memory_limit": {"script": "def main(): return len(bytearray(2_000_000_000))"},
    "file_limit": {
        "script": "def main():\n    with open('x', 'wb') as f:\n        while True: f.write(bytes(1 << 20))"
    },
    "output_limit": {"script": "def main(): print('x' * 3_000_000)"},
    "crashed": {"script": "import os, signal\ndef main(): os.abort()"},
    "bad_request": {"script": ""},
}


# The least that `limits` takes: with less, the interpreter itself does not answer.
LEAST = {
    "memory_mb": 64,
    "cpu_seconds": 1,
    "output_kb": 1,
    "result_kb": 1,
    "processes": 1,
    "scratch_mb": 1,
    "file_size_mb": 1,
    "open_files": 16,
}


class OpenApi(unittest.TestCase):
    def check(self, path, method, status, body=None, headers=None):
        got, answer_headers, text = service.request(method, path, body, headers)
        self.assertEqual(got, status, text[:500])
        response = description.response(path, method, status)
        self.assertEqual(description.objections(response, answer_headers, text), [], text[:500])
        return json.loads(text) if answer_headers.get_content_type() == "application/json" else text

    def check_component(self, name, answer, status):
        got, headers, text = answer
        self.assertEqual(got, status)
        response = description.document["components"]["responses"][name]
        self.assertEqual(description.objections(response, headers, text), [], text[:500])

    def test_the_schemas_are_schemas(self):
        for name, schema in description.document["components"]["schemas"].items():
            with self.subTest(name):
                SCHEMAS.check_schema(schema)

    def test_every_reference_leads_somewhere(self):
        def references(node):
            for key, value in node.items() if isinstance(node, dict) else enumerate(node):
                if key == "$ref":
                    yield value
                elif isinstance(value, (dict, list)):
                    yield from references(value)

        found = set(references(description.document))
        self.assertGreater(len(found), 20)
        for reference in found:
            description.store.resolve(reference)

    def test_the_version_is_the_programs(self):
        said = subprocess.run(
            [serving.PROGRAMS / "python-executor", "--version"], capture_output=True, text=True, check=True
        )
        self.assertEqual(said.stdout.split()[-1], description.document["info"]["version"])

    def test_the_description_of_requests_takes_what_the_service_takes(self):
        schema = {"$ref": "#/components/schemas/Job"}
        fine = [
            {"script": "def main(): pass"},
            {"code": "1", "timeout": 0.5},
            {"code": "1", "more": [1]},
            {"script": "def main(**a): pass", "arguments": {"a": [1]}, "argv": ["x"], "stdin": "y"},
            {"code": "1", "env": {"A": "b"}, "files": {"a/b": "c", "d": {"base64": "AA=="}}},
            {"code": "1", "last_value": True},
            {"code": "1", "outputs": ["*.csv"]},
            {"code": "1", "outputs": True},
            {"code": "1", "usage": True},
            {"code": "1", "timeout": None, "stdin": None},
            {"script": None, "code": "1", "arguments": None},
            {"script": "def main(): pass", "code": None, "last_value": None},
            {"code": "1", "files": {"..a/.b/c.": "", "\u00e4 \n": ""}, "outputs": ["..a/*"]},
            {"code": "1", "limits": {"memory_mb": 64, "open_files": None}, "on_output_limit": "truncate"},
            *({"code": "1", "limits": {name: least}} for name, least in LEAST.items()),
            {
                "script": "def main(n=1): return 1 / n",
                "runs": [{}, {"arguments": [0]}, {"stdin": "x", "no": 1}],
                "no": 1,
            },
            {"code": "1 / 0", "usage": True, "last_value": True, "runs": [{"argv": ["x"]}]},
        ]
        wrong = [
            {},
            [],
            {"script": ""},
            {"script": 1},
            {"script": "x", "code": "y"},
            {"code": "1", "timeout": 0},
            {"code": "1", "timeout": 31},
            {"code": "1", "timeout": "1"},
            {"code": "1", "argv": "x"},
            {"code": "1", "stdin": 1},
            {"code": "1", "env": {"1": "x"}},
            {"code": "1", "files": {"/a": ""}},
            {"code": "1", "files": {"a": 1}},
            *(
                {"code": "1", "files": {path: ""}}
                for path in ("", ".", "../x", "a/..", "a//b", "a/", "a\0", "x" * 256)
            ),
            {"code": "1", "argv": ["a\0"]},
            {"code": "1", "env": {"A": "a\0"}},
            {"code": "1", "outputs": ["/a"]},
            {"code": "1", "arguments": [1]},
            {"script": "def main(): pass", "last_value": True},
            {"script": "def main(): pass", "arguments": "x"},
            {"code": "1", "last_value": 1},
            {"code": "1", "runs": []},
            {"code": "1", "runs": [1]},
            {"code": "1", "runs": [{"argv": 1}]},
            {"code": "1", "runs": [{}] * 65},
            {"code": "1", "outputs": "*"},
            {"code": "1", "outputs": False},
            {"code": "1", "limits": {"memory": 64}},
            {"code": "1", "limits": {"cpu_seconds": 0.5}},
            *({"code": "1", "limits": {name: least - 1}} for name, least in LEAST.items()),
            {"code": "1", "on_output_limit": "cut"},
        ]
        for job in fine:
            self.assertEqual(description.errors(schema, job), [])
            self.check("/execute", "POST", 200, job)
        for job in wrong:
            self.assertNotEqual(description.errors(schema, job), [], job)
            self.check("/execute", "POST", 400, job)

    def test_the_examples_are_valid_and_are_answered_as_described(self):
        operation = description.document["paths"]["/execute"]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        statuses = {"script": 200, "code": 200, "timeout": 500}
        self.assertEqual(set(content["examples"]), set(statuses))
        for name, example in content["examples"].items():
            self.assertEqual(description.errors(content["schema"], example["value"]), [])
            self.check("/execute", "POST", statuses[name], example["value"])
        for status, response in operation["responses"].items():
            for media in description.follow(response)["content"].values():
                for name, example in media.get("examples", {}).items():
                    with self.subTest(status=status, example=name):
                        self.assertEqual(description.errors(media["schema"], example["value"]), [])

    def test_returned_and_printed(self):
        job = {"script": "def main(): return [None, 1.5, {'a': 'b'}]"}
        self.check("/execute", "POST", 200, job)
        self.assertIn("run;dur=", service.request("POST", "/execute", job)[1]["Server-Timing"])
        self.check("/execute", "POST", 200, {"script": "import sys\ndef main(): print(1, file=sys.stderr)"})
        self.check("/execute", "POST", 200, {"code": "print(1)"})
        self.check("/execute", "POST", 200, {"code": "1/0"})
        self.check("/execute", "POST", 200, {"code": "while True: pass", "timeout": 0.2})

    def test_images(self):
        for job in ({"script": "def main(): pass"}, {"code": "1"}):
            self.assertEqual(self.check("/execute", "POST", 200, {**job, "images": True})["images"], [])
        failed = {"script": "def main(): 1 / 0", "images": True}
        self.assertEqual(self.check("/execute", "POST", 400, failed)["images"], [])

    def test_data_in(self):
        job = {
            "code": "import sys; print(open('a').read(), input(), sys.argv[1:]); 6 * 7",
            "files": {"a": "b"},
            "stdin": "c",
            "argv": ["d"],
            "last_value": True,
            "unknown": 1,
        }
        answer = self.check("/execute", "POST", 200, job)
        self.assertEqual((answer["output"], answer["last_value"]), ("b c ['d']\n", "42"))
        self.assertEqual(answer["warnings"], ["unknown field 'unknown' is ignored"])
        job = {"code": "open('new', 'w').write('x'); open('b', 'wb').write(b'\\0' * (9 << 20))", "outputs": True}
        answer = self.check("/execute", "POST", 200, job)
        self.assertEqual((answer["files"], list(answer["files_omitted"])), ({"new": "x"}, ["b"]))
        answer = self.check("/execute", "POST", 200, {"code": "import sys; sys.exit(3)", "usage": True})
        self.assertEqual(answer["usage"]["exit_code"], 3)
        job = {"script": "def main(a): return a", "arguments": {"a": [1]}}
        self.assertEqual(self.check("/execute", "POST", 200, job)["result"], [1])
        job = {"code": "print('x' * 5000)", "limits": {"output_kb": 1}, "on_output_limit": "truncate"}
        self.assertEqual(self.check("/execute", "POST", 200, job)["truncated"], ["stdout"])
        refused = self.check("/execute", "POST", 400, {"source": "1"})
        self.assertIn("got 'source'", refused["hint"])

    def test_events(self):
        job = {"code": "print('a', flush=True)"}
        headers = {"Accept": "text/event-stream"}
        text = self.check("/execute", "POST", 200, job, headers).decode()
        self.assertIn('event: stdout\ndata: "a\\n"', text)
        self.check("/execute", "POST", 400, {}, headers)

    def test_every_ending_of_a_script(self):
        for ending, job in ENDINGS.items():
            with self.subTest(ending):
                status = 500 if ending in ("timeout", "crashed") or ending.endswith("_limit") else 400
                answer = self.check("/execute", "POST", status, job)
                self.assertEqual(answer["error_type"], ending)

    def test_every_ending_is_described_and_tried(self):
        schemas = description.document["components"]["schemas"]
        described = {
            word
            for name in ("ScriptFault", "LimitReached", "Refused")
            for word in schemas[name]["properties"]["error_type"]["enum"]
        }
        # The service's own fault cannot be brought about from here; the last is tried below.
        self.assertEqual(described, {*ENDINGS, "internal", "overloaded", "shutting_down"})

    def test_no_capacity(self):
        import concurrent.futures

        job = {"code": "import time; time.sleep(3)", "timeout": 20}
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: service.request("POST", "/execute", job), range(12)))
        refused = [answer for answer in answers if answer[0] == 503]
        self.assertGreater(len(refused), 3)
        for status, headers, text in refused:
            self.assertEqual(json.loads(text)["error_type"], "overloaded")
            response = description.response("/execute", "POST", status)
            self.assertEqual(description.objections(response, headers, text), [])
            self.assertIn("Retry-After", headers)

    def test_health(self):
        self.check("/health", "GET", 200)
        schema = {"$ref": "#/components/schemas/Unhealthy"}
        self.assertEqual(description.errors(schema, {"status": "unhealthy", "reason": "why", "error": "why"}), [])

    def test_runtime(self):
        self.assertIn("numpy", self.check("/runtime", "GET", 200)["preloaded"])

    def test_pages(self):
        for path in ("/", "/docs", "/redoc", "/openapi.json"):
            with self.subTest(path):
                self.check(path, "GET", 200)

    def test_what_nginx_answers(self):
        self.check_component("NotFound", service.request("GET", "/nope"), 404)
        for path in ("/health", "/", "/docs", "/redoc", "/openapi.json"):
            self.check_component("MethodNotAllowed", service.request("DELETE", path), 405)
        self.check_component("MethodNotAllowed", service.request("GET", "/execute"), 405)
        large = {"code": "#" * (8 << 20)}
        self.check_component("BodyTooLarge", service.request("POST", "/execute", large), 413)
        self.check("/execute", "POST", 413, large)
        self.check_component("HttpError", service.request("GET", "/" + "x" * 50_000), 414)

    def test_the_least_of_every_limit_is_tried(self):
        properties = description.document["components"]["schemas"]["LowerLimits"]["properties"]
        self.assertEqual({name: limit["minimum"] for name, limit in properties.items()}, LEAST)

    def test_paths_that_may_want_a_key_say_how_it_is_sent(self):
        document = description.document
        schemes = document["components"]["securitySchemes"]
        sent = {"bearer": ("Authorization", "Bearer {}"), "header": ("X-API-Key", "{}")}
        self.assertEqual(set(schemes), set(sent))
        self.assertEqual((schemes["bearer"]["type"], schemes["bearer"]["scheme"]), ("http", "bearer"))
        self.assertEqual((schemes["header"]["type"], schemes["header"]["in"]), ("apiKey", "header"))
        self.assertEqual(schemes["header"]["name"], "X-API-Key")
        operations = {(path, method): one for path, item in document["paths"].items() for method, one in item.items()}
        key = "a11ce-0123456789abcdef"
        with tempfile.NamedTemporaryFile("w") as keys:
            keys.write(f"alice {key}\n")
            keys.flush()
            with serving.Service("--workers", "1", "--mcp", "on", "--api-keys-file", keys.name) as other:
                for (path, method), operation in operations.items():
                    with self.subTest(path):
                        self.check_a_key(other, path, method.upper(), operation, sent, key)

    def check_a_key(self, service_with_keys, path, method, operation, sent, key):
        body = {"code": "1"} if method == "POST" else None
        refused = service_with_keys.request(method, path, body)[0] == 401
        # Also without one: whether there are keys is a setting.
        expected = [{}, *({name: []} for name in sent)] if refused else None
        self.assertEqual(operation.get("security"), expected)
        self.assertEqual("401" in operation["responses"], refused)
        for header, text in sent.values() if refused else ():
            status = service_with_keys.request(method, path, body, {header: text.format(key)})[0]
            self.assertNotEqual(status, 401)

    def test_every_path_is_described(self):
        """What the service answers with 200 or 405 is what has a description."""
        for path in ("/execute", "/health", "/openapi.json", "/", "/docs", "/redoc"):
            self.assertIn(path, description.document["paths"])
            self.assertNotEqual(service.request("GET", path)[0], 404)


if __name__ == "__main__":
    unittest.main()
