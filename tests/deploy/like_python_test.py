"""What programs written for an ordinary machine expect, in a container with docker's defaults, where a
run has no namespaces (tier uid). tests/e2e/like_python_test.cc has the same and more for the others."""

import unittest

from support import images, podman

PROGRAMS = {
    "queues, locks, pools and shared memory of multiprocessing": (
        """
import concurrent.futures, multiprocessing
from multiprocessing import shared_memory

def double(x):
    return 2 * x

def produce(queue, lock, value):
    with lock:
        value.value += 1
        queue.put(value.value)

def main():
    with multiprocessing.Pool(2) as pool:
        pooled = pool.map(double, range(4))
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        executed = list(executor.map(double, range(4)))
    queue, lock, value = multiprocessing.Queue(), multiprocessing.Lock(), multiprocessing.Value("i", 0)
    processes = [multiprocessing.Process(target=produce, args=(queue, lock, value)) for _ in range(3)]
    for process in processes:
        process.start()
    numbers = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    block = shared_memory.SharedMemory(create=True, size=8)
    block.buf[0] = 7
    again = shared_memory.SharedMemory(block.name)
    seen = again.buf[0]
    again.close()
    block.close()
    block.unlink()
    return [pooled, executed, numbers, seen]
""",
        [[0, 2, 4, 6], [0, 2, 4, 6], [1, 2, 3], 7],
    ),
    "the same for children that are started afresh": (
        """
import multiprocessing, subprocess, sys
from multiprocessing import shared_memory

def count(lock, value, queue, name):
    block = shared_memory.SharedMemory(name)
    with lock:
        value.value += 1
        block.buf[value.value] = 7
        queue.put(value.value)
    block.close()

def found(method):
    context = multiprocessing.get_context(method)
    lock, value, queue = context.Lock(), context.Value("i", 0), context.Queue()
    block = shared_memory.SharedMemory(create=True, size=8)
    processes = [context.Process(target=count, args=(lock, value, queue, block.name)) for _ in range(2)]
    for process in processes:
        process.start()
    numbers = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    seen = list(block.buf[:3])
    block.close()
    block.unlink()
    return [numbers, seen]

def main():
    program = [sys.executable, "-c", "import multiprocessing; print(multiprocessing.Value('i', 4).value)"]
    return [found("spawn"), found("forkserver"), subprocess.run(program, capture_output=True, text=True).stdout]
""",
        [[[1, 2], [0, 7, 7]], [[1, 2], [0, 7, 7]], "4\n"],
    ),
    "/mnt/data is the working directory": (
        """
import os
def main():
    with open("/mnt/data/a.csv", "w") as file:
        file.write("x")
    return [open("a.csv").read(), os.listdir("/mnt/data")]
""",
        ["x", ["a.csv"]],
    ),
    "a child with a session of its own can be killed with its group": (
        """
import os, signal, subprocess
def main():
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    os.killpg(child.pid, signal.SIGKILL)
    return child.wait()
""",
        -9,
    ),
    "the user has a name": ("import getpass\ndef main(): return getpass.getuser()", "sandbox"),
}


class DockersDefaults(unittest.TestCase):
    def test_programs_run_as_elsewhere(self):
        image = images.build(arguments=["--build-arg", "VIEWERS=try"])
        with podman.Container(image) as container:
            container.wait_until_ready()
            for what, (script, result) in PROGRAMS.items():
                with self.subTest(what):
                    status, _, answer = container.post("/execute", {"script": script})
                    self.assertEqual((status, answer.get("result")), (200, result), answer)
            status, _, answer = container.post("/execute", {"code": "open('/dev/shm/x', 'w')"})
            self.assertEqual(
                answer.get("hint"),
                "Only the working directory and the directory that tempfile uses can be written to",
                answer,
            )


if __name__ == "__main__":
    unittest.main()
