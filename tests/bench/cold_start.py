"""Measures the service's cold start: from the exec of serve/serve to its answers, and where the
start of each preload set's zygote spends its time.

    tests/bench/cold_start.py ROUNDS

EXECUTOR_BIN is the directory of the programs, as for serve/serve. Prints a table in markdown.
The files that are read are in the page cache, but for the first round's.
"""

import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

TRIVIAL = "def main():\n    return 42\n"
PANDAS = "import pandas as pd\ndef main():\n    return int(pd.Series([1, 2]).sum())\n"
STAGE = re.compile(r'^python_executor_zygote_start_seconds\{set="([^"]+)",stage="([^"]+)"\} (\S+)$', re.MULTILINE)
STAGES = ("jail", "python", "attestation")
STARTING = re.compile(r"^python_executor_set_starting\{.*\} 1$", re.MULTILINE)
PATIENCE = 60  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def await_answer(port: int, begun: float, method: str, path: str, body: str | None = None) -> float:
    """Seconds from `begun` until the request is answered with 200, asked again until it is."""
    while time.monotonic() - begun < PATIENCE:
        try:
            if ask(port, method, path, body)[0] == 200:
                return time.monotonic() - begun
        except OSError:
            pass
        time.sleep(0.002)
    raise SystemExit(f"cold_start: {path} is not answered with 200")


def await_all_sets(port: int, begun: float) -> tuple[float, str]:
    """Seconds from `begun` until no preload set is starting any more, and the metrics then."""
    while time.monotonic() - begun < PATIENCE:
        metrics = ask(port, "GET", "/metrics")[1].decode()
        if not STARTING.search(metrics):
            return time.monotonic() - begun, metrics
        time.sleep(0.002)
    raise SystemExit("cold_start: a preload set does not become ready")


def script(source: str) -> str:
    return json.dumps({"script": source})


def one_start() -> dict[str, float]:
    port = free_port()
    begun = time.monotonic()
    service = subprocess.Popen(
        ["serve/serve"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        times = {
            "healthy": await_answer(port, begun, "GET", "/health"),
            "first answer of a trivial script": await_answer(port, begun, "POST", "/execute", script(TRIVIAL)),
            "first answer of a script with pandas": await_answer(port, begun, "POST", "/execute", script(PANDAS)),
        }
        times["all preload sets are attested"], metrics = await_all_sets(port, begun)
        for name, stage, value in STAGE.findall(metrics):
            times[f"{name} {stage}"] = float(value)
        return times
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()


def main() -> None:
    rounds = [one_start() for _ in range(int(sys.argv[1]))]
    median = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    print(f"\nFrom the exec of `serve/serve` (medians of {len(rounds)} starts):\n")
    print("| until | seconds |\n|---|--:|")
    for name, value in median.items():
        if not name.endswith(STAGES):
            print(f"| {name} | {value:.2f} |")
    print("\nOf that, the start of each preload set's zygote:\n")
    print("| set | jail, waits for other launches included | Python, modules, rehearsals | attestation |")
    print("|---|--:|--:|--:|")
    for name in dict.fromkeys(key.split()[0] for key in median if key.endswith(STAGES)):
        print(f"| {name} | " + " | ".join(f"{median[f'{name} {stage}']:.2f}" for stage in STAGES) + " |")


if __name__ == "__main__":
    main()
