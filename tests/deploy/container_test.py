"""The container image: built as a user builds it, run as `docker run` runs it, asked, stopped."""

import base64
import json
import re
import shutil
import tempfile
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

from support import images, podman, readme_commands
import yaml

LARGEST = 260  # MB, as `docker images` counts
COMPILERS = "gcc g++ cc c++ clang make ld as cpp npm node git dpkg-dev"
# What docs/deploying.md says to run for tier full.
FULL = {"capabilities": podman.DOCKER | {"SYS_ADMIN", "NET_ADMIN"}, "seccomp": "unconfined"}
CLOUD_RUN = images.REPOSITORY / "deploy/cloudrun/service.yaml"
KUBERNETES = images.REPOSITORY / "deploy/kubernetes/python-executor.yaml"
GRACE = 10  # seconds that docker stop and Cloud Run leave

ANSWER = {"script": "def main():\n    return 6 * 7"}


def setUpModule():
    global image
    image = images.build(arguments=["--build-arg", "VIEWERS=try"])


def in_bytes(quantity):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) << {"Mi": 20, "Gi": 30}[unit]


def environment(**settings):
    return {f"PYTHON_EXECUTOR_{name.upper()}": str(value) for name, value in settings.items()}


class Image(unittest.TestCase):
    def inspect(self, template):
        return images.podman("image", "inspect", "--format", template, image).strip()

    def test_it_is_small(self):
        self.assertLess(int(self.inspect("{{.Size}}")) / 1e6, LARGEST)

    def test_it_has_no_compiler(self):
        look = f"type -P {COMPILERS}; find / -xdev -name '*.h' -size +4k"
        bash = ["--entrypoint", "bash"]
        with podman.Container(image, "-c", look, flags=bash) as container:
            container.wait()
            found = [line for line in container.out if "/dist-packages/" not in line]
        self.assertEqual(found, [])

    def test_it_says_how_to_check_and_stop_it(self):
        self.assertIn("healthcheck", self.inspect("{{json .Config.Healthcheck}}"))
        self.assertEqual(self.inspect("{{.Config.StopSignal}}"), "SIGTERM")
        self.assertIn("8080/tcp", self.inspect("{{json .Config.ExposedPorts}}"))


class Running(unittest.TestCase):
    """A container for the tests of one class."""

    options = {}
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.container = podman.Container(image, *cls.arguments, **cls.options)
        cls.addClassCleanup(cls.container.remove)
        cls.container.wait_until_ready()

    def check_tier(self, tier):
        self.assertRegex(self.container.wait_for_line(r"ready: tier"), rf"ready: tier {tier}\b")

    def check_answers(self):
        status, _, answer = self.container.post("/execute", ANSWER)
        self.assertEqual((status, answer), (200, {"result": 42, "stdout": ""}), self.container.logs)


class WithDockersDefaults(Running):
    def test_the_tier_is_uid(self):
        self.check_tier("uid")

    def test_the_documented_commands_work_as_written(self):
        url = "http://localhost:8080"
        for data, expected in readme_commands.COMMANDS:
            with self.subTest(data):
                done = self.container.shell(readme_commands.EXECUTE.format(url=url) + data)
                answer = json.loads(done.stdout)
                self.assertEqual({key: answer.get(key) for key in expected}, expected)
        done = self.container.shell(readme_commands.HEALTH.format(url=url))
        self.assertEqual(json.loads(done.stdout), {"status": "healthy"})

    def test_the_pages_are_there(self):
        for path in ("/", "/docs", "/redoc", "/openapi.json"):
            with self.subTest(path):
                status, headers, _ = self.container.get(path)
                while status in (301, 302, 308):
                    path = urllib.parse.urlsplit(headers["Location"]).path
                    status, headers, _ = self.container.get(path)
                self.assertEqual(status, 200)

    def test_nothing_that_reads_requests_is_root(self):
        self.check_answers()
        users = {}
        for process in self.container.processes():
            program = process.command[0].split(":")[0].rsplit("/", 1)[-1]
            users.setdefault(program, set()).add(process.uid)
        self.assertLessEqual({"nginx", "python-executor", "python-executor-launcher"}, users.keys())
        self.assertNotIn(0, users["nginx"] | users["python-executor"])
        self.assertTrue(users["nginx"].isdisjoint(users["python-executor"]), users)

    def test_it_listens_on_ipv6_where_there_is_some(self):
        if not self.container.shell("cat /proc/net/if_inet6").stdout:
            self.skipTest("the container has no IPv6")
        done = self.container.shell("curl -sS 'http://[::1]:8080/health'")
        self.assertEqual(json.loads(done.stdout), {"status": "healthy"})

    def test_scripts_have_a_user_id_of_their_own(self):
        code = "import os; print(os.getresuid(), os.getresgid(), os.getgroups())"
        outputs = [self.container.post("/execute", {"code": code})[2]["output"] for _ in range(4)]
        self.assertEqual(len(set(outputs)), 4, outputs)
        self.assertEqual([o for o in outputs if re.search(r"\b(0|999)\b", o)], [])

    def test_the_health_check_agrees(self):
        images.podman("healthcheck", "run", self.container.name)

    def test_logs_are_on_standard_output(self):
        self.check_answers()
        self.container.wait_for_line(r"\brun\b.*outcome=returned")
        self.assertEqual(self.container.err, [])

    def test_processes_without_parents_do_not_stay_as_zombies(self):
        done = self.container.run("sh", "-c", "(sleep 0.1 & exec true) & wait")
        self.assertEqual(done.returncode, 0)
        code = "import subprocess; subprocess.run('(sleep 0.1 &)', shell=True); print('done')"
        self.assertEqual(self.container.post("/execute", {"code": code})[2]["output"], "done\n")
        deadline = time.monotonic() + 60
        # One look decides: any other may see a process that has ended just then.
        while (found := self.zombies()) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(found, "")

    def zombies(self):
        """Lines about processes that have ended and that no process has waited for."""
        find = "grep -l '^State:.Z' /proc/[0-9]*/status | xargs -r grep -HE '^(Name|PPid|Uid):'"
        return self.container.run("sh", "-c", find).stdout


class WithTheDocumentedFlags(Running):
    options = FULL

    def test_the_tier_is_full(self):
        self.check_tier("full")
        self.check_answers()


class OnAnotherPort(Running):
    options = {"environment": {"PORT": "9000"}, "port": 9000}
    arguments = ("--workers", "3")

    def test_port_and_settings_are_honoured(self):
        self.check_answers()
        self.container.wait_for_line(r"ready: .*\b3 runs at once")
        images.podman("healthcheck", "run", self.container.name)


class WithKeys(Running):
    KEY = "0123456789abcdef" * 3

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="python-executor-keys.")
        cls.addClassCleanup(shutil.rmtree, directory)
        file = Path(directory, "keys")
        file.write_text(f"alice {cls.KEY}\n")
        file.chmod(0o600)
        cls.options = {
            "environment": {"API_KEYS_FILE": "/keys"},
            "flags": ["--volume", f"{file}:/keys:ro"],
        }
        super().setUpClass()

    def test_a_key_opens_and_none_is_401(self):
        ask = "curl -sS localhost:8080/execute -H 'Content-Type: application/json' -d '{\"code\": \"print(1)\"}' "
        self.assertEqual(json.loads(self.container.shell(ask).stdout)["error"], "Unauthorized")
        answer = json.loads(self.container.shell(f"{ask} -H 'X-API-Key: {self.KEY}'").stdout)
        self.assertEqual(answer["output"], "1\n")
        self.container.wait_for_line(r"\bkey=alice\b")
        self.assertNotIn(self.KEY, "\n".join(self.container.out))


class WithAReadOnlyRoot(Running):
    options = {
        "flags": [
            "--read-only",
            "--read-only-tmpfs=false",
            "--tmpfs",
            "/run",
            "--tmpfs",
            "/tmp",
            "--tmpfs",
            "/var/lib/python-executor:exec",
        ],
    }

    def test_it_answers(self):
        self.check_answers()


class AsInTheComposeFile(Running):
    @classmethod
    def setUpClass(cls):
        service = yaml.safe_load(images.REPOSITORY.joinpath("docker-compose.yml").read_text())
        service = service["services"]["python-executor"]
        limits = service["deploy"]["resources"]["limits"]
        cls.ports = service["ports"]
        cls.options = {
            "environment": service["environment"],
            "memory": limits["memory"],
            "cpus": limits["cpus"],
        }
        super().setUpClass()

    def test_port_8000_leads_to_the_service(self):
        self.assertEqual(self.ports, ["127.0.0.1:8000:8080"])

    def test_as_many_runs_as_allowed_use_all_their_memory_at_once(self):
        megabytes = int(self.options["environment"]["PYTHON_EXECUTOR_MEMORY_LIMIT_MB"]) - 20
        code = f"b = bytearray({megabytes} << 20); import time; time.sleep(1); print(len(b) >> 20)"
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(self.container.post("/execute", {"code": code})[2]))
            for _ in range(int(self.options["environment"]["PYTHON_EXECUTOR_WORKERS"]))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({a.get("output") for a in answers}, {f"{megabytes}\n"}, answers)

    def test_a_run_that_wants_more_ends_and_the_service_continues(self):
        code = "b = []\nwhile True: b.append(bytearray(8 << 20))"
        _, _, answer = self.container.post("/execute", {"script": f"def main():\n    pass\n{code}"})
        self.assertEqual(answer["error_type"], "memory_limit")
        self.check_answers()


class AsOnCloudRun(Running):
    # Longer than the service waits for any of its own processes.
    PAUSE = 12

    @classmethod
    def setUpClass(cls):
        service = yaml.safe_load(CLOUD_RUN.read_text())
        (container,) = service["spec"]["template"]["spec"]["containers"]
        limits = container["resources"]["limits"]
        cls.options = {
            "environment": {entry["name"]: entry["value"] for entry in container["env"]},
            "memory": in_bytes(limits["memory"]),
        }
        super().setUpClass()

    def test_each_log_line_is_json(self):
        self.check_answers()
        line = json.loads(self.container.wait_for_line(r"outcome.*returned"))
        self.assertEqual((line["outcome"], line["status"]), ("returned", 200))

    def test_without_a_processor_between_requests_the_next_one_is_answered_all_the_same(self):
        for script in (ANSWER, {"script": "import pandas\n" + ANSWER["script"]}):
            self.assertEqual(self.container.post("/execute", script)[0], 200)
            images.podman("pause", self.container.name)
            time.sleep(self.PAUSE)
            images.podman("unpause", self.container.name)
            self.assertEqual(self.container.get("/health")[0], 200)
            self.assertEqual(self.container.post("/execute", script)[0], 200)
        troubles = [line for line in self.container.out if re.search(r"\b(warning|error)\b", line)]
        self.assertEqual(self.expected_at_start(troubles), [])

    def expected_at_start(self, lines):
        """Without the tiers that the container is too weak for."""
        return [line for line in lines if not re.search(r"tier (full|namespaces): pool", line)]


class AsOnKubernetes(Running):
    @classmethod
    def setUpClass(cls):
        objects = yaml.safe_load_all(KUBERNETES.read_text())
        (pod,) = (o["spec"]["template"]["spec"] for o in objects if o["kind"] == "Deployment")
        (container,) = pod["containers"]
        context = container["securityContext"]
        mounts = [f"{mount['mountPath']}:exec" for mount in container["volumeMounts"]]
        cls.options = {
            "environment": {entry["name"]: entry["value"] for entry in container["env"]},
            "memory": in_bytes(container["resources"]["limits"]["memory"]),
            "capabilities": frozenset(context["capabilities"]["add"]),
            "flags": [
                "--security-opt",
                "no-new-privileges",
                "--read-only",
                "--read-only-tmpfs=false",
                *(f"--tmpfs={mount}" for mount in mounts),
            ],
        }
        assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
        super().setUpClass()

    def test_the_tier_is_uid(self):
        self.check_tier("uid")
        self.check_answers()


class WithPlots(unittest.TestCase):
    def test_an_image_that_was_built_with_plots_draws_them(self):
        arguments = ["--build-arg", "VIEWERS=try", "--build-arg", "PLOTS=yes"]
        plotting = images.build(name="python-executor-plots", arguments=arguments)
        script = "import matplotlib.pyplot as plt\ndef main():\n    plt.plot([1, 3, 2])\n"
        with podman.Container(plotting) as container:
            container.wait_until_ready()
            status, _, answer = container.post("/execute", {"script": script, "images": True})
            self.assertEqual(status, 200, answer)
            (image,) = answer["images"]
            self.assertEqual(base64.b64decode(image)[:8], b"\x89PNG\r\n\x1a\n")


class Stopping(unittest.TestCase):
    def stop_during(self, seconds):
        """Stops a container while a script runs; returns its status, which is 137 where the grace was not
        enough, and the answer."""
        with podman.Container(image) as container:
            container.wait_until_ready()
            script = (
                "def main():\n    import sys, time\n    print('began', flush=True)\n"
                f"    time.sleep({seconds})\n    return 'slept'"
            )
            answers = []
            thread = threading.Thread(target=lambda: answers.append(container.post("/execute", {"script": script})))
            thread.start()
            self.wait_for_a_run(container)
            status = container.stop(GRACE)
            thread.join()
            self.assertEqual(container.err, [])
        return status, answers[0]

    def wait_for_a_run(self, container):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            _, _, text = container.get("/metrics")
            if re.search(rb"^python_executor_running 1", text, re.MULTILINE):
                return
            time.sleep(0.02)
        self.fail(container.logs)

    def test_a_run_that_ends_in_time_is_answered(self):
        status, (code, _, answer) = self.stop_during(3)
        self.assertEqual((status, code, answer["result"]), (0, 200, "slept"))

    def test_a_run_that_would_take_longer_is_ended_and_answered(self):
        status, (code, _, answer) = self.stop_during(29)
        self.assertEqual((status, code, answer["error_type"]), (0, 503, "shutting_down"))

    def test_an_idle_container_stops_at_once(self):
        with podman.Container(image) as container:
            container.wait_until_ready()
            self.assertEqual(container.stop(GRACE), 0)


class Refusals(unittest.TestCase):
    def refusal(self, **options):
        with podman.Container(image, **options) as container:
            self.assertNotEqual(container.wait(), 0, container.logs)
            return "\n".join(container.out)

    def test_a_minimum_tier_that_cannot_be_met_ends_with_what_is_missing(self):
        log = self.refusal(environment=environment(minimum_tier="full"))
        self.assertRegex(log, r"cannot start: tier full: pool light: start the zygote")
        self.assertIn("Operation not permitted", log)
        self.assertNotIn("is ready", log)

    def test_a_container_in_which_firejail_would_do_nothing_is_not_tier_full(self):
        without = environment(minimum_tier="full") | {"container": ""}
        log = self.refusal(environment=without, **FULL)
        self.assertRegex(log, r"cannot start: .*jail\.pid is \"shared\", not \"own\"")

    def test_a_setting_that_does_not_exist_is_named(self):
        log = self.refusal(environment=environment(workres=1))
        self.assertIn("PYTHON_EXECUTOR_WORKRES", log)


if __name__ == "__main__":
    unittest.main()
