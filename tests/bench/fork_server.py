"""The plain fork server of the bench: a warm interpreter, pre-forked, nothing more.

A parent imports the modules named on its command line and keeps a few children waiting. Each child
takes one connection from the listening unix socket, runs the script that it carries, sends the
answer, and ends when the client has hung up: an exit costs about a millisecond, which would
otherwise be timed into the answer. The messages are message.h's.

What it does is what one would write to get the service's answer from a fork server: the
script is compiled under a file name for its tracebacks and runs in a module of its own, its stdout is
caught, and result and stdout go out as JSON. The children are forked before their jobs come and are
replaced when they have ended.

What it leaves out: every limit and every sandbox; and what makes the service's workers and the
optimised bare server fast, which are os.fork without its hooks, a heap that is collected and frozen
before the first fork, and rehearsals of a job in the parent and in the waiting child.

usage: fork_server.py SOCKET WORKERS [MODULE...]
"""

import contextlib
import importlib
import io
import json
import os
import signal
import socket
import sys
import traceback
import types


def receive_exactly(connection, size):
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise EOFError("the client hung up")
        data += chunk
    return data


def receive_message(connection):
    return receive_exactly(connection, int.from_bytes(receive_exactly(connection, 4), "little"))


def send_message(connection, data):
    connection.sendall(len(data).to_bytes(4, "little") + data)


def execute(source):
    module = types.ModuleType("script")
    sys.modules["script"] = module
    stdout = io.StringIO()
    with contextlib.redirect_stdout(stdout):
        exec(compile(source, "script.py", "exec"), module.__dict__)
        result = module.main()
    return json.dumps({"result": result, "stdout": stdout.getvalue()}).encode()


def serve_one_job(listener):
    connection, _ = listener.accept()
    send_message(connection, execute(receive_message(connection)))
    connection.recv(1)


def fork_worker(listener):
    child = os.fork()
    if child != 0:
        return child
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        serve_one_job(listener)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def keep_workers(listener, children, count):
    while True:
        while len(children) < count:
            children.add(fork_worker(listener))
        child, status = os.wait()
        children.discard(child)
        if status != 0:
            sys.exit(f"fork_server: a worker failed with wait status {status}")


def main():
    path, count, *modules = sys.argv[1:]
    for module in modules:
        importlib.import_module(module)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(128)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    children = set()
    print("fork_server: ready", flush=True)
    try:
        keep_workers(listener, children, int(count))
    finally:
        for child in children:
            # The signal can come between the end of a child and its removal from the set.
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
                os.waitpid(child, 0)


if __name__ == "__main__":
    main()
