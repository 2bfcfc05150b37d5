#!/usr/bin/python3
"""Runs what the harness asks for inside the virtual machine; vm.py puts it there as a service.

It speaks lines of JSON through a virtio-serial port. It greets with {"boot": ID}; then each request
{"id", "command", "timeout", "user", "input"} gets one answer {"id", "status", "stdout", "stderr"},
texts as base64, status null when the command was killed for its timeout. Requests run side by side.
"""

import base64
import json
import os
import signal
import subprocess
import threading

PORT = "/dev/virtio-ports/python-executor.agent"


def killed_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(request):
    process = subprocess.Popen(
        ["/bin/bash", "-c", request["command"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        user=request.get("user"),
        group=request.get("user"),
        extra_groups=[] if request.get("user") else None,
    )
    try:
        output = process.communicate(base64.b64decode(request["input"]), request["timeout"])
        status = process.returncode
    except subprocess.TimeoutExpired:
        killed_group(process)
        output, status = process.communicate(), None
    return status, output


def main():
    port = os.open(PORT, os.O_RDWR)
    lock = threading.Lock()

    def send(message):
        data = json.dumps(message).encode() + b"\n"
        with lock:
            while data:
                data = data[os.write(port, data) :]

    def answer(request):
        try:
            status, (stdout, stderr) = run(request)
        except Exception as error:  # of any kind: the harness must not wait for an answer in any case
            status, stdout, stderr = 127, b"", f"vm agent: {error!r}\n".encode()
        text = {"stdout": stdout, "stderr": stderr}
        encoded = {key: base64.b64encode(value).decode() for key, value in text.items()}
        send({"id": request["id"], "status": status} | encoded)

    with open("/proc/sys/kernel/random/boot_id") as boot_id:
        send({"boot": boot_id.read().strip()})
    for line in open(port, "rb", closefd=False):
        threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()


main()
