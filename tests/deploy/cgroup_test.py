"""A cgroup for each run, in a machine whose systemd delegates cgroup v2 to the service.

Kernel and systemd are the judges: what a run may use is read from the files of its cgroup, how it ended from
the service's answer, and what is left from the directories of the delegated subtree.
"""

import concurrent.futures
import json
import re
import unittest

from support import cgroup_machine, vm
from support.cgroup_machine import (
    ALLOWANCE_MB,
    COMMAND,
    HANG,
    MEMORY_MB,
    PROCESSES,
    READY,
    REPOSITORY,
    SCRATCH_MB,
    TREE,
    attack,
    await_ready,
    journal,
    post,
    runs,
    settled,
    start,
    until,
)

# src/resources/cgroup_subtree.cc, and as many as there are workers, which end at the same time.
MOST_DYING = 64 + 8
# What restarts the responder here is in the unit's cgroup itself, so that systemd cleans nothing up.
LOOP = '/bin/sh -c "while true; do %s; done"'


def setUpModule():
    global machine
    machine = cgroup_machine.boot()


class Cgroup(unittest.TestCase):
    maxDiff = None

    def assert_memory_limit(self, answer):
        self.assertEqual(answer.get("error_type"), "memory_limit", answer)
        self.assertEqual(answer["error"], f"Script exceeded the memory limit of {MEMORY_MB} MB")

    def tearDown(self):
        self.assertEqual(post("def main(): return 6 * 7")["result"], 42)
        until(settled, "the end of every used cgroup")


class Limits(Cgroup):
    def test_each_worker_is_in_a_cgroup_of_its_own_with_every_limit(self):
        until(settled, "quiet")
        expected = {"memory.max": str((MEMORY_MB + SCRATCH_MB + ALLOWANCE_MB) << 20)}
        expected |= {"memory.swap.max": "0", "memory.oom.group": "1", "pids.max": str(PROCESSES)}
        expected |= {"cpu.weight": "100"}
        for number, living, _ in runs():
            for name, value in expected.items():
                found = machine.read(f"{TREE}/runs/{number}/{name}").strip()
                self.assertEqual((name, found), (name, value))
            members = machine.read(f"{TREE}/runs/{number}/cgroup.procs").split()
            self.assertEqual(len(members), living)
        self.assertEqual(machine.read(f"{TREE}/cgroup.procs"), "")
        self.assertIn(
            "python-executor",
            machine.run(f"for pid in $(cat {TREE}/service/cgroup.procs); do cat /proc/$pid/comm; done").stdout,
        )

    def test_the_service_says_what_limits_memory(self):
        self.assertIn(
            "cgroup: one for each run below /system.slice/executor.service " "with memory pids cpu", journal()
        )

    def test_six_children_with_250_mb_each_are_the_memory_limit(self):
        self.assert_memory_limit(attack("exhaustion_memory_children"))

    def test_memory_of_grandchildren_is_the_memory_limit(self):
        self.assert_memory_limit(attack("exhaustion_memory_grandchildren"))

    def test_what_waits_in_unix_sockets_is_the_memory_limit(self):
        self.assert_memory_limit(attack("exhaustion_memory_sockets"))

    def test_what_waits_in_sockets_that_no_process_has_is_the_memory_limit(self):
        for kind in ("connections", "datagrams", "listeners", "tcp"):
            with self.subTest(kind):  # little memory, which an emulated machine fills in time
                answer = attack(f"exhaustion_memory_{kind}", limits={"memory_mb": 64})
                self.assertEqual(answer.get("error"), "Script exceeded the memory limit of 64 MB", answer)

    def test_a_child_that_is_killed_takes_the_run_along_whatever_the_parent_makes_of_it(self):
        answer = post(
            "import os\ndef main():\n    children = []\n    for _ in range(3):\n"
            "        child = os.fork()\n        if child == 0:\n"
            "            kept = bytearray(b'x') * (400 << 20)\n            os._exit(0)\n"
            "        children.append(child)\n"
            "    return [os.waitpid(child, 0)[1] for child in children]"
        )
        if "result" in answer:  # one was done before the next began
            self.assertEqual(answer["result"], [0, 0, 0])
        else:
            self.assert_memory_limit(answer)

    def test_no_kind_of_memory_gets_around_the_limit(self):
        for name in (
            "exhaustion_memory_shared",
            "exhaustion_memory_system_v",
            "exhaustion_memory_tmpfs",
            "exhaustion_memory_deleted_files",
            "exhaustion_pipes",
            "kernel_memory_files",
        ):
            with self.subTest(name):
                answer = attack(name)
                held = answer.get("result") == "held" or answer.get("error_type") == "memory_limit"
                self.assertTrue(held, answer)

    def test_three_runs_at_360_mb_work_side_by_side(self):
        source = (
            "import time\ndef main():\n    started = time.monotonic()\n"
            "    kept = bytearray(b'x') * (360 << 20)\n    held = time.monotonic()\n"
            "    time.sleep(3)\n    return [held, time.monotonic(), len(kept)]"
        )
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda _: post(source), range(3)))
        for answer in answers:
            self.assertEqual(answer.get("result", [0, 0, answer])[2], 360 << 20)

    def test_one_process_finds_its_own_limit_first_and_may_catch_it(self):
        answer = post(
            "def main():\n    kept = []\n    try:\n        while True:\n"
            "            kept.append(bytearray(b'x') * (8 << 20))\n"
            "    except MemoryError:\n        return len(kept)",
        )
        self.assertGreater(answer.get("result", 0), 55, answer)

    def test_scratch_space_and_memory_may_both_be_full(self):
        answer = post(
            "def main():\n    for number in range(2):\n"
            "        with open(f'/tmp/{number}', 'wb') as file:\n"
            "            file.write(b'x' * (28 << 20))\n"
            "    return len(bytearray(b'x') * (440 << 20))",
        )
        self.assertEqual(answer.get("result"), 440 << 20, answer)

    def test_a_fork_bomb_ends_with_its_run(self):
        answer = attack("exhaustion_fork_bomb", 3)
        self.assertIn(answer.get("error_type"), ("timeout", "memory_limit"), answer)

    def test_processes_are_limited_by_the_cgroup_too(self):
        # With a limit lower than RLIMIT_NPROC's it can be seen at work.
        limit = f"for run in {TREE}/runs/*/; do echo %d > $run/pids.max; done"
        machine.run(limit % 5)
        answer = post(
            "import os, signal\ndef main():\n    children = []\n    try:\n"
            "        while len(children) < 40:\n            child = os.fork()\n"
            "            if child == 0: signal.pause()\n"
            "            children.append(child)\n"
            "    except OSError as error:\n        return [error.errno, len(children)]"
        )
        machine.run(limit % PROCESSES)
        self.assertEqual(answer.get("result"), [11, 4], answer)

    def test_a_kill_that_is_not_for_memory_is_not_called_so(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(
                post, "import time\ndef main():\n    kept = bytearray(b'x') * " "(100 << 20)\n    time.sleep(1000)"
            )
            large = lambda: [run[0] for run in runs() if run[1] and run[2] > 100 << 20]
            number = until(large, "the run")[0]
            machine.run(f"kill -9 $(head -n 1 {TREE}/runs/{number}/cgroup.procs)")
            answer = waiting.result()
        self.assertEqual(answer.get("error"), "Script was killed by signal 9 (SIGKILL)", answer)

    def test_a_script_sees_no_cgroup(self):
        answer = post(
            "import os\ndef main():\n    kinds = set()\n"
            "    for fd in range(2000):\n        try: kinds.add(os.fstat(fd).st_mode >> 12)\n"
            "        except OSError: pass\n"
            "    return [os.path.exists('/sys'), os.listdir('/proc'), 4 in kinds]"
        )
        self.assertEqual(answer.get("result"), [False, [], False], answer)


class Leftovers(Cgroup):
    def test_a_killed_zygote_leaves_nothing(self):
        until(settled, "quiet")
        first = {run[0] for run in runs() if run[1]}
        machine.run("kill -9 $(pgrep --exact python-zygote)")
        replaced = lambda: settled() and not first & {run[0] for run in runs() if run[1]}
        until(replaced, "a new zygote's workers")

    def test_a_killed_responder_that_systemd_restarts_leaves_nothing(self):
        starts = journal().count("ready: tier full")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            lost = pool.submit(post, "import time\ndef main(): time.sleep(1000)")
            until(lambda: any(run[1] for run in runs()), "the run")
            machine.run("systemctl kill --kill-whom=main --signal=KILL executor.service")
            self.assertRaises((AssertionError, vm.MachineError), lost.result)
        await_ready(starts + 1)

    def test_what_a_killed_responder_has_left_is_swept_at_the_next_start(self):
        start(LOOP % f"{COMMAND} required")
        until(settled, "quiet")
        # A cgroup below a run's, with a process whose parent is not killed.
        machine.run(f"mkdir -p {TREE}/runs/999/below", user="python-executor")
        machine.run("setsid sleep 1000 </dev/null >/dev/null 2>&1 & " f"echo $! > {TREE}/runs/999/cgroup.procs")
        machine.run("kill -9 $(pgrep --exact python-executor)")
        await_ready(2)
        self.assertNotIn(999, [run[0] for run in runs()])
        self.assertEqual(machine.run("pgrep --full '^sleep 1000'", check=False).stdout, "")
        until(settled, "quiet")
        start(f"{COMMAND} required")

    def test_runs_that_read_pages_of_the_machine_first_leave_few_cgroups(self):
        # Each such page is charged to the run's cgroup, and keeps it in the kernel after its removal.
        first_to_read = "import sys\ndef main(): return len(open(sys.argv[1], 'rb').read())"
        machine.run("echo 3 > /proc/sys/vm/drop_caches")
        files = machine.run("find /usr/lib/python3* -size +1 -name '*.py' | head -n 300").stdout.split()
        self.assertEqual(len(files), 300)
        for begin in range(0, len(files), 20):
            jobs = [{"argv": [file]} for file in files[begin : begin + 20]]
            answer = post(first_to_read, runs=jobs)
            self.assertEqual([run.get("status") for run in answer["runs"]], [200] * 20, answer)
        until(settled, "the end of every used cgroup")
        kept = machine.read(f"{TREE}/runs/cgroup.stat")
        self.assertLessEqual(int(re.search(r"nr_dying_descendants (\d+)", kept).group(1)), MOST_DYING + READY)

    def test_a_service_that_is_stopped_leaves_nothing(self):
        machine.run("systemctl stop executor.service")
        self.assertEqual(machine.read("/run/executor-left"), "")
        start(f"{COMMAND} required")


class WithoutDelegation(unittest.TestCase):
    def run_undelegated(self, mode, until=""):
        """Runs the service until it ends, or has said this."""
        command = (
            f"systemd-run --quiet --wait --pipe --collect --unit=undelegated --uid=python-executor {COMMAND} {mode}"
        )
        stop = f" 2>&1 | (grep -m 1 '{until}'; systemctl stop undelegated)" if until else ""
        return machine.run(command + stop, check=False, timeout=HANG)

    def test_where_a_cgroup_is_required_the_service_does_not_start(self):
        ended = self.run_undelegated("required")
        self.assertEqual(ended.status, 1, ended)
        self.assertIn(
            "cannot start: cgroup is required: the cgroup /system.slice/undelegated", ended.stdout + ended.stderr
        )
        self.assertIn("is not delegated", ended.stdout + ended.stderr)

    def test_else_it_says_that_memory_is_watched(self):
        said = "cgroup: none, the memory of a run is watched (the cgroup /system.slice/undelegated"
        self.assertIn(said, self.run_undelegated("auto", until="cgroup: ").stdout)


# Makes the calling shell a container of its own, in a cgroup with the controllers, without systemd.
BOX = """
tree=/sys/fs/cgroup/system.slice/box.service
mkdir $tree/outer $tree/inner
echo $$ > $tree/outer/cgroup.procs
echo '+memory +pids +cpu' > $tree/cgroup.subtree_control
exec unshare --mount --pid --fork --mount-proc bash -c "
    echo 1 > $tree/inner/cgroup.procs
    exec unshare --cgroup bash -c '
        mount -t tmpfs none /run
        umount /sys/fs/cgroup
        mount -t cgroup2 none /sys/fs/cgroup
        exec %s'"
"""


class MadeByServe(unittest.TestCase):
    """serve/serve, started by root, makes a subtree where it may."""

    SERVE = "/opt/source/serve/serve -- --workers 2 --preload light: --preload-common json --cgroup required"

    @classmethod
    def setUpClass(cls):
        machine.run("systemctl stop executor.service")
        machine.put(*(REPOSITORY / name for name in ("serve", "nginx", "firejail")), to="/opt/source")
        machine.run("mkdir -p /opt/source/build && ln -sfn /opt/executor /opt/source/build/release")

    def serve(self, command, unit):
        machine.write("/opt/command", command)
        machine.run("rm -f /tmp/log")
        machine.run(
            f"systemd-run --quiet --collect --unit={unit} --setenv=container=docker "
            "--property=Delegate=%s --property=StandardOutput=file:/tmp/log "
            "--property=StandardError=file:/tmp/log bash /opt/command" % ("yes" if unit == "box" else "no")
        )
        until(lambda: re.search("is ready at|could not start", self.log()), "the end of the start")
        self.assertIn("is ready at", self.log())
        return re.search("one for each run below (\\S+) with memory pids cpu", self.log()).group(1)

    def log(self):
        return machine.run("cat /tmp/log", check=False).stdout

    def check(self, tree):
        limit = machine.run(f"sort -u {tree}/runs/*/memory.max").stdout
        self.assertEqual(limit, f"{(MEMORY_MB + SCRATCH_MB + ALLOWANCE_MB) << 20}\n")
        self.assertEqual(machine.read(f"{tree}/cgroup.procs"), "")
        self.assertEqual(machine.run(f"stat -c %U {tree}").stdout, "python-executor\n")
        answer = machine.run(
            "curl -s localhost:8080/execute -H 'Content-Type: application/json' "
            '-d \'{"script": "def main(): return 42"}\''
        ).stdout
        self.assertEqual(json.loads(answer).get("result"), 42, answer)

    def stop(self):
        machine.run("kill $(pgrep --full '^/usr/bin/python3 -I .*serve/supervise')")
        left = "find /sys/fs/cgroup -name 'python-executor-*'"
        until(lambda: machine.run(left, check=False).stdout == "", "the removal of the subtree")

    def test_under_systemd_it_becomes_a_scope_that_is_delegated(self):
        path = self.serve(f"exec {self.SERVE}", "plain")
        self.assertRegex(path, r"^/system\.slice/run-\w+\.scope/python-executor-8080$")
        self.check(f"/sys/fs/cgroup{path}")
        machine.run("kill -9 $(pgrep --exact python-executor)")
        until(lambda: self.log().count("ready: tier full") == 2, "the second start")
        self.check(f"/sys/fs/cgroup{path}")
        # Frozen as a whole it answers nothing; frozen below it says so.
        for cgroup, status in (("/runs", "503"), ("", "504")):
            machine.run(f"echo 1 > /sys/fs/cgroup{path}{cgroup}/cgroup.freeze")
            asked = machine.run("curl -s -o /dev/null -w '%{http_code}' localhost:8080/health", check=False)
            machine.run(f"echo 0 > /sys/fs/cgroup{path}{cgroup}/cgroup.freeze")
            self.assertEqual(asked.stdout, status)
        self.stop()

    def test_in_a_container_it_divides_the_root_of_its_own_hierarchy(self):
        path = self.serve(BOX % self.SERVE, "box")
        self.assertEqual(path, "/python-executor-8080")
        self.check(f"/sys/fs/cgroup/system.slice/box.service/inner{path}")
        self.stop()


if __name__ == "__main__":
    unittest.main()
