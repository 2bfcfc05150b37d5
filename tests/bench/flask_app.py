"""The usual way to serve scripts, for the bench: a Flask application that runs each in a subprocess.

No sandbox: only a new interpreter, a time limit and a JSON answer. Started by gunicorn.
"""

import json
import subprocess
import sys

from flask import Flask, jsonify, request

TIMEOUT_SECONDS = 30

# Runs in the subprocess: the script on stdin, the answer as the last line of stdout.
WRAPPER = """
import contextlib, io, json, sys
namespace = {"__name__": "script"}
stdout = io.StringIO()
with contextlib.redirect_stdout(stdout):
    exec(sys.stdin.read(), namespace)
    result = namespace["main"]()
print(json.dumps({"result": result, "stdout": stdout.getvalue()}))
"""

app = Flask(__name__)


@app.post("/execute")
def execute():
    script = (request.get_json(silent=True) or {}).get("script")
    if not isinstance(script, str) or "def main" not in script:
        return jsonify(error="Script must contain a main() function"), 400
    try:
        run = subprocess.run(
            [sys.executable, "-c", WRAPPER],
            input=script,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return jsonify(error="Script execution timed out"), 500
    if run.returncode != 0:
        return jsonify(error=run.stderr), 400
    return jsonify(json.loads(run.stdout))
