"""The tier uid on this machine: a service of it below the launcher, without an image. What programs expect
that start others, and share locks and memory with them where a run has no /dev/shm of its own.

The launcher kills everything of a user id, so it has a PID namespace of its own (support/launched.py).
"""

import json
import re
import socket
import subprocess
import threading
import unittest

from support import fastcgi_client, launched

PROGRAMS = launched.PROGRAMS
HANG = launched.HANG


def setUpModule():
    launched.make_user()


class Tier(launched.Served):
    """A service of its own for each test."""

    OPTIONS = ()

    def setUp(self):
        self.start()
        self.await_ready()

    def identity(self):
        """What the launcher is started by."""
        return ()

    def start(self):
        super().setUp()
        self.start_service(["--ready=2", "--workers=4", "--preload=light:", *self.OPTIONS], self.identity())

    def post(self, **job):
        return json.loads(self.answer_to(**job))

    def check_both(self, definitions, expression, result):
        """What the expression is worth in a script's main() and in a program."""
        script = f"{definitions}\ndef main():\n    return {expression}\n"
        answer = self.post(script=script, timeout=25)
        self.assertEqual(answer.get("result"), result, answer)
        code = f"{definitions}\nif __name__ == '__main__':\n    import json\n    print(json.dumps({expression}))\n"
        answer = self.post(code=code, timeout=25)
        self.assertEqual((answer.get("output"), answer["error"]), (json.dumps(result) + "\n", None), answer)


# With each method that starts children afresh: what they are handed, what they make themselves, and
# what they hand to children of their own.
AFRESH = """
import concurrent.futures, multiprocessing, os, sys
from multiprocessing import shared_memory

METHODS = ("spawn", "forkserver")

def count(lock, value, queue, event):
    event.wait()
    with lock:
        value.value += 1
        queue.put(value.value)

def write(name, array):
    block = shared_memory.SharedMemory(name)
    block.buf[0] = 7
    array[1] = 5
    block.close()

def make(queue):
    array = multiprocessing.get_context("spawn").Array("i", [1, 2])
    queue.put([array[:], multiprocessing.get_start_method(), multiprocessing.Lock().acquire()])

def nested(queue):
    child = multiprocessing.get_context("spawn").Process(target=make, args=(queue,))
    child.start()
    child.join()

def double(x):
    return 2 * x

def identity(queue):
    queue.put([sys.executable, sys.flags.dont_write_bytecode, sys.flags.no_user_site, multiprocessing.parent_process().name])

def counted(context):
    lock, value, queue, event = context.Lock(), context.Value("i", 0), context.Queue(), context.Event()
    processes = [context.Process(target=count, args=(lock, value, queue, event)) for _ in range(3)]
    for process in processes:
        process.start()
    event.set()
    numbers = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    return numbers, [process.exitcode for process in processes]

def written(context):
    block, array = shared_memory.SharedMemory(create=True, size=8), context.Array("i", 3)
    process = context.Process(target=write, args=(block.name, array))
    process.start()
    process.join()
    found = [block.buf[0], array[:]]
    block.close()
    block.unlink()
    return found

def told(context, target):
    queue = context.SimpleQueue()
    process = context.Process(target=target, args=(queue,))
    process.start()
    process.join()
    return queue.get() if process.exitcode == 0 else process.exitcode

def executed(context):
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        return list(executor.map(double, range(4)))

def pooled(context):
    with context.Pool(2) as pool:
        return pool.map(double, range(4))

def managed(context):
    with context.Manager() as manager:
        numbers = manager.list([1])
        numbers.append(2)
        return list(numbers)

def each(act, *arguments):
    return [act(multiprocessing.get_context(method), *arguments) for method in METHODS]

def left():
    return [name for name in os.listdir(os.environ["TMPDIR"]) if not name.startswith("pymp-")] + os.listdir(".")
"""
# Programs that a run starts.
PROGRAMS_OF_A_RUN = """
import contextlib, subprocess, sys
from multiprocessing import shared_memory

SIBLING = '''
import sys
from multiprocessing import Lock, Value, Process, shared_memory
block = shared_memory.SharedMemory(sys.argv[1])
value = Value("i", 3)
child = Process(target=lambda: block.buf.__setitem__(0, value.value + 4))
with Lock():
    child.start()
    child.join()
block.close()
print(value.value)
'''

def run(*command, **options):
    block = shared_memory.SharedMemory(create=True, size=8)
    try:
        done = subprocess.run([*command, block.name], capture_output=True, text=True, **options)
        return [done.stdout, done.returncode, block.buf[0]]
    finally:
        block.close()
        with contextlib.suppress(FileNotFoundError):  # the sibling's resource tracker was first
            block.unlink()
"""


class Afresh(Tier):
    def test_children_that_are_started_afresh_have_what_they_are_handed(self):
        for expression, result in (
            ("each(counted)", [[[1, 2, 3], [0, 0, 0]]] * 2),
            ("each(written)", [[7, [0, 5, 0]]] * 2),
            ("each(told, make)", [[[1, 2], method, True] for method in ("spawn", "forkserver")]),
            ("each(told, nested)", [[[1, 2], "spawn", True]] * 2),
            ("each(executed)", [[0, 2, 4, 6]] * 2),
            ("each(pooled)", [[0, 2, 4, 6]] * 2),
            ("each(managed)", [[1, 2]] * 2),
            ("each(told, identity)", [["/usr/bin/python3", 1, 1, "MainProcess"]] * 2),
        ):
            with self.subTest(expression):
                self.check_both(AFRESH, expression, result)

    def test_programs_that_a_run_starts_share_memory_with_it(self):
        sibling = '"sibling.py", "w").write(SIBLING)'
        for command in ('sys.executable, "sibling.py"', '"/bin/sh", "-c", "python3 sibling.py $0"'):
            with self.subTest(command):
                self.check_both(PROGRAMS_OF_A_RUN, f"open({sibling} and run({command})", ["3\n", 0, 7])

    def test_nothing_is_left_of_them_and_the_next_run_has_none_of_it(self):
        self.check_both(AFRESH, "[each(counted), each(written), left()][2]", [])

    def test_without_the_library_a_program_finds_no_place_for_them(self):
        lock = "import multiprocessing; multiprocessing.Lock()"
        code = f"import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', '{lock}'], env={{}}).returncode)"
        answer = self.post(code=code)
        self.assertEqual(answer["output"], "1\n")
        self.assertIn("Permission denied", str(answer))

    def test_the_run_and_its_programs_are_told_that_there_is_no_room_in_dev_shm(self):
        room = "import os; print(os.statvfs('/dev/shm').f_bavail, os.statvfs('/usr').f_bavail > 0, flush=True)"
        code = f'{room}\nimport subprocess, sys\nsubprocess.run([sys.executable, "-c", "{room}"])'
        self.assertEqual(self.post(code=code)["output"], "0 True\n" * 2)


ATTACKS = launched.REPOSITORY / "tests/escape"
# What makes looking at a run take long: many threads with many descriptors, many files, and many
# mappings whose locks the run's processes contend for.
DESCRIPTORS = """
import tempfile, threading, time
kept = [tempfile.TemporaryFile() for _ in range(200)]
for _ in range(50):
    threading.Thread(target=time.sleep, args=(SECONDS,), daemon=True).start()
time.sleep(SECONDS)
"""
FILES = """
import os, time
for number in range(4000):
    os.mknod(str(number))
time.sleep(SECONDS)
"""
MAPPINGS = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
end = time.monotonic() + SECONDS
kept, size = bytearray(b"x") * (300 << 20), ctypes.c_size_t(60000 * 4096)
base = libc.mmap(None, size, 1, 0x22, -1, 0)
for i in range(0, 60000, 2):
    libc.mprotect(ctypes.c_void_p(base + i * 4096), 4096, 0)
for _ in range(50):
    if os.fork() == 0:
        while time.monotonic() < end:
            libc.mprotect(ctypes.c_void_p(base), size, 1)
            libc.mprotect(ctypes.c_void_p(base), size, 3)
        os._exit(0)
time.sleep(SECONDS)
"""
# More than the scratch space in files without a name, of a run with many threads.
DELETED = """
import tempfile, threading, time
for _ in range(30):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
kept = []
for _ in range(20):
    kept.append(tempfile.TemporaryFile())
    kept[-1].write(b"x" * (4 << 20))
    kept[-1].flush()
time.sleep(20)
"""


class Inputs(Tier):
    def test_what_does_not_fit_is_refused_as_in_the_other_tiers(self):
        megabyte = {"limits": {"scratch_mb": 1}}
        for inputs in (
            {"stdin": "x" * 1_100_000, **megabyte},
            {"files": {"a": "x" * 600_000, "b": "x" * 600_000}, **megabyte},
            {"files": {str(number): "x" for number in range(300)}, **megabyte},  # each takes a page
        ):
            for program in ({"code": "pass"}, {"script": "def main(): pass"}):
                answer = self.post(**program, **inputs)
                self.assertEqual(answer["error"], "Script exceeded the file size limit")
        self.assertEqual(self.post(script="def main(): return 1", stdin="x" * 900_000, **megabyte).get("result"), 1)

    def test_files_may_be_nested_as_deeply_as_a_path_allows(self):
        deep = "a/" * 511 + "bc"
        # As long as several looks at the run take.
        script = f"import time\ndef main():\n    time.sleep(1)\n    return open({deep!r}).read()"
        self.assertEqual(self.post(script=script, files={deep: "x"}).get("result"), "x")


class Counting(Tier):
    def attack(self, name):
        prelude = (ATTACKS / "prelude.py").read_text().replace('TIER = "full"', 'TIER = "uid"')
        source = (ATTACKS / f"{name}.py").read_text()
        expected = re.findall(r"^# (?:uid-)?expect: (.*)", source, re.MULTILINE)[-1]
        answer = self.post(script=source.replace("from prelude import *", prelude), timeout=25)
        self.assertIn(expected, (answer.get("result"), answer.get("error_type")), (name, answer))

    def test_what_is_counted_is_limited(self):
        memory = ("children", "connections", "datagrams", "first_thread", "listeners", "slow_count")
        for name in ("inodes", "disk", *(f"memory_{of}" for of in memory)):
            with self.subTest(name):
                self.attack(f"exhaustion_{name}")

    def test_files_without_a_name_are_found_among_many_descriptors(self):
        self.assertEqual(self.post(code=DELETED, timeout=25)["error_type"], "file_limit")

    def test_runs_that_are_slow_to_look_at_stall_no_other(self):
        for attack in (DESCRIPTORS, FILES, MAPPINGS):
            code = attack.replace("SECONDS", "6")
            attackers = [threading.Thread(target=self.post, kwargs={"code": code, "timeout": 10}) for _ in range(2)]
            for attacker in attackers:
                attacker.start()
            answers = [self.post(script="def main(): return 6 * 7") for _ in range(20)]
            for attacker in attackers:
                attacker.join()
            self.assertEqual([answer.get("result") for answer in answers], [42] * 20, answers)


# Executes the rest of its command line where the kernel knows no Landlock (seccomp(2)).
WITHOUT_LANDLOCK = """
import ctypes, errno, os, struct, sys
steps = [(0x20, 0, 0, 0), (0x35, 0, 2, 444), (0x35, 1, 0, 447)]
steps += [(0x06, 0, 0, 0x50000 | errno.ENOSYS), (0x06, 0, 0, 0x7FFF0000)]
program = b"".join(struct.pack("HBBI", *step) for step in steps)
class Filter(ctypes.Structure):
    _fields_ = [("size", ctypes.c_ushort), ("steps", ctypes.c_char_p)]
if ctypes.CDLL(None).prctl(22, 2, ctypes.byref(Filter(len(steps), program)), 0, 0):
    sys.exit("no filter can be installed")
os.execv(sys.argv[1], sys.argv[1:])
"""


# In the launcher's own mount namespace: nothing is world-writable there, as in the image.
CLOSED = """
stage=$1
shift
for place in /tmp /dev/shm /run/lock; do mount -t tmpfs -o mode=0755 none $place; done
mkdir /tmp/kept
mount --bind $stage /tmp/kept
mount -t tmpfs -o mode=0755 none /var/tmp
mkdir $stage
mount --move /tmp/kept $stage
exec "$@"
"""


class WithoutLandlock(Tier):
    FILTERED = ("/usr/bin/python3", "-I", "-c", WITHOUT_LANDLOCK)

    def identity(self):
        return ("bash", "-euc", CLOSED, "closed", self.stage, *self.FILTERED)

    def runtime(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall(fastcgi_client.request(b"", ROUTE="runtime", REQUEST_METHOD="GET"))
            return json.loads(b"".join(fastcgi_client.output(connection)).partition(b"\r\n\r\n")[2])

    def test_the_log_the_runtime_and_the_doctor_say_so(self):
        self.assertIn("no Landlock here: in the tier uid a run can read names, command lines", self.logged())
        self.assertIs(self.runtime()["landlock"], False)
        doctor = [
            *self.FILTERED,
            self.stage / "python-executor",
            "--doctor",
            "--verbose",
            "--tier=uid",
            "--minimum-tier=uid",
        ]
        done = subprocess.run(doctor, capture_output=True, text=True, timeout=HANG, check=False)
        self.assertRegex(done.stdout, r"absent *Landlock \(optional\)")
        self.assertEqual(self.post(script="def main(): return 6 * 7").get("result"), 42)


class WithLandlock(WithoutLandlock):
    def identity(self):
        return ()

    def test_the_log_the_runtime_and_the_doctor_say_so(self):
        self.assertNotIn("Landlock", self.logged())
        self.assertIs(self.runtime()["landlock"], True)


class LandlockRequired(WithoutLandlock):
    OPTIONS = ("--landlock=required",)

    def setUp(self):
        self.start()

    def test_the_log_the_runtime_and_the_doctor_say_so(self):
        self.assertNotEqual(self.process.wait(HANG), 0)
        self.assertIn("landlock is absent, but required", self.logged())
        self.assertFalse(self.socket.exists())


if __name__ == "__main__":
    unittest.main()
