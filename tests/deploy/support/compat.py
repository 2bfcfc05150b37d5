"""A service with the interfaces of all other sandboxes that are served below /compat/, and requests to it."""

import base64
import json
import unittest

from support import serving

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


def start_service():
    """For all tests of the calling module, until its end."""
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
