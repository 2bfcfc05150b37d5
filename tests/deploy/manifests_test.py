"""The files with which the service is deployed elsewhere and described, checked by the tools and schemas of those
who read them (npm packages, pinned in validate/), and against each other."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import npm_packages, serving
import yaml

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def setUpModule():
    global validators
    validators = npm_packages.installed("validate")


def problems(kind, value=None, path=""):
    done = subprocess.run(
        ["node", validators / "validate.mjs", kind, path],
        text=True,
        input=json.dumps(value),
        capture_output=True,
        timeout=120,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def read(path):
    return list(yaml.safe_load_all((REPOSITORY / path).read_text()))


def settings(container):
    """The responder's settings in a container's environment, by option name."""
    prefix = "PYTHON_EXECUTOR_"
    return {
        entry["name"].removeprefix(prefix).lower().replace("_", "-"): entry["value"]
        for entry in container["env"]
        if entry["name"].startswith(prefix)
    }


def megabytes(quantity):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * {"Mi": 1, "Gi": 1024}[unit]


class Fits(unittest.TestCase):
    """What every deployment has to keep: all runs at once fit into its memory, and all requests and answers."""

    # The service itself; what a run may keep in files, and the responder's budget, unless it says otherwise.
    SERVICE, SCRATCH, BODIES = 150, 64, 256

    def check_fits(self, values, memory):
        run = int(values["memory-limit-mb"]) + int(values.get("scratch-limit-mb", self.SCRATCH))
        bodies = int(values.get("body-memory-mb", self.BODIES))
        self.assertLessEqual(int(values["workers"]) * run + bodies + self.SERVICE, memory)


class Compose(Fits):
    def setUp(self):
        (self.file,) = read("docker-compose.yml")
        self.service = self.file["services"]["python-executor"]

    def test_it_is_a_compose_file(self):
        self.assertEqual(problems("compose", self.file), [])
        self.assertNotEqual(problems("compose", self.file | {"sevices": {}}), [])

    def test_it_fits(self):
        pairs = [{"name": k, "value": v} for k, v in self.service["environment"].items()]
        self.assertEqual(self.service["deploy"]["resources"]["limits"]["memory"], "512M")
        self.check_fits(settings({"env": pairs}), 512)


class CloudRun(Fits):
    def setUp(self):
        (self.service,) = read("deploy/cloudrun/service.yaml")
        self.spec = self.service["spec"]["template"]["spec"]
        (self.container,) = self.spec["containers"]

    def test_it_is_a_knative_service(self):
        self.assertEqual(problems("knative", [self.service]), [])
        del self.service["spec"]["template"]["spec"]["containers"][0]["image"]
        self.spec["containerConcurency"] = 4
        self.assertNotEqual(problems("knative", [self.service]), [])

    def test_concurrency_is_the_number_of_workers(self):
        workers = settings(self.container)["workers"]
        self.assertEqual(self.spec["containerConcurrency"], int(workers))

    def test_it_fits(self):
        memory = self.container["resources"]["limits"]["memory"]
        self.check_fits(settings(self.container), megabytes(memory))

    def test_no_path_is_one_that_never_arrives(self):
        text = (REPOSITORY / "deploy/cloudrun/service.yaml").read_text()
        paths = re.findall(r"path: (\S+)", text)
        self.assertEqual({path for path in paths if path.endswith("z")}, set())
        self.assertIn("/health", paths)

    def test_the_commands_say_the_same(self):
        words = (REPOSITORY / "deploy/cloudrun/README.md").read_text()
        environment = ",".join(f"{e['name']}={e['value']}" for e in self.container["env"])
        limits = self.container["resources"]["limits"]
        for flag in (
            f"--concurrency={self.spec['containerConcurrency']}",
            f"--timeout={self.spec['timeoutSeconds']}s",
            f"--set-env-vars={environment}",
            f"--cpu={limits['cpu']}",
            f"--memory={limits['memory']}",
        ):
            self.assertIn(flag, words)


class Kubernetes(Fits):
    def setUp(self):
        self.objects = read("deploy/kubernetes/python-executor.yaml")
        self.by_kind = {o["kind"]: o for o in self.objects}
        self.pod = self.by_kind["Deployment"]["spec"]["template"]
        (self.container,) = self.pod["spec"]["containers"]

    def test_they_are_kubernetes_objects(self):
        self.assertEqual(problems("kubernetes", self.objects), [])
        self.assertEqual(len(self.by_kind), 5)
        self.container["volumeMount"] = []
        self.assertEqual(len(problems("kubernetes", self.objects)), 1)

    def test_all_select_the_pods_of_the_deployment(self):
        labels = self.pod["metadata"]["labels"]
        specs = {kind: self.by_kind[kind]["spec"] for kind in self.by_kind}
        self.assertEqual(specs["Service"]["selector"], labels)
        self.assertEqual(specs["PodDisruptionBudget"]["selector"]["matchLabels"], labels)
        self.assertEqual(specs["NetworkPolicy"]["podSelector"]["matchLabels"], labels)
        self.assertEqual(specs["HorizontalPodAutoscaler"]["scaleTargetRef"]["kind"], "Deployment")

    def test_nothing_may_go_out(self):
        policy = self.by_kind["NetworkPolicy"]["spec"]
        self.assertIn("Egress", policy["policyTypes"])
        self.assertEqual(policy["egress"], [])

    def test_the_autoscaler_follows_metrics_that_the_service_has(self):
        sources = "".join(p.read_text() for p in REPOSITORY.glob("src/telemetry/*.cc"))
        for metric in self.by_kind["HorizontalPodAutoscaler"]["spec"]["metrics"]:
            self.assertIn(f'"{metric["pods"]["metric"]["name"]}"', sources)

    def test_it_fits(self):
        memory = self.container["resources"]["limits"]["memory"]
        self.check_fits(settings(self.container), megabytes(memory))

    def test_the_autoscaler_by_cpu_takes_the_others_place(self):
        (by_cpu,) = read("deploy/kubernetes/autoscaler-by-cpu.yaml")
        self.assertEqual(problems("kubernetes", [by_cpu]), [])
        other = self.by_kind["HorizontalPodAutoscaler"]
        for member in ("apiVersion", "kind", "metadata"):
            self.assertEqual(by_cpu[member], other[member])
        self.assertEqual(by_cpu["spec"] | {"metrics": []}, other["spec"] | {"metrics": []})
        (metric,) = by_cpu["spec"]["metrics"]
        self.assertEqual(metric["type"], "Resource")
        self.assertIn(metric["resource"]["name"], self.container["resources"]["requests"])

    def test_the_ingress_leads_to_the_service_and_not_to_its_metrics(self):
        (ingress,) = read("deploy/kubernetes/ingress.yaml")
        self.assertEqual(problems("kubernetes", [ingress]), [])
        service = self.by_kind["Service"]
        (rule,) = ingress["spec"]["rules"]
        self.assertEqual(ingress["spec"]["tls"][0]["hosts"], [rule["host"]])
        for path in rule["http"]["paths"]:
            self.assertEqual(path["backend"]["service"]["name"], service["metadata"]["name"])
            self.assertEqual(path["backend"]["service"]["port"]["name"], service["spec"]["ports"][0]["name"])
            self.assertNotEqual(path["path"], "/metrics")
            if path["pathType"] != "Exact":
                self.assertEqual(path["path"], "/compat")

    def test_the_ingress_lets_through_what_the_service_takes(self):
        (ingress,) = read("deploy/kubernetes/ingress.yaml")
        words = ingress["metadata"]["annotations"]
        table = (REPOSITORY / "docs/configuration.md").read_text()
        largest = re.search(r"`max-body-kb` \| `(\d+)`", table)[1]
        self.assertEqual(words["nginx.ingress.kubernetes.io/proxy-body-size"], f"{largest}k")
        longest = re.search(r"front-timeout-seconds.*at least (\d+) s", table)[1]
        self.assertGreater(int(words["nginx.ingress.kubernetes.io/proxy-read-timeout"]), int(longest))

    def test_the_keys_are_added_to_the_deployment(self):
        (patch,) = read("deploy/kubernetes/keys.yaml")
        spec = patch["spec"]["template"]["spec"]
        (more,) = spec["containers"]
        self.assertEqual(more["name"], self.container["name"])
        # As a strategic merge does it: lists whose members have names are joined.
        for member in ("env", "volumeMounts"):
            self.container[member] += more[member]
        self.pod["spec"]["volumes"] += spec["volumes"]
        self.assertEqual(problems("kubernetes", self.objects), [])
        file = {entry["name"]: entry["value"] for entry in more["env"]}["API_KEYS_FILE"]
        (mount,) = more["volumeMounts"]
        self.assertEqual(mount["name"], spec["volumes"][0]["name"])
        self.assertTrue(file.startswith(mount["mountPath"] + "/"))


class Monitoring(unittest.TestCase):
    """The part of prometheus.yml in docs/operating.md."""

    def setUp(self):
        page = (REPOSITORY / "docs/operating.md").read_text()
        (self.text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        self.file = yaml.safe_load(self.text)

    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            command = ["promtool", "check", "config", "--syntax-only", file.name]
            return subprocess.run(command, capture_output=True, text=True).returncode

    def test_prometheus_takes_it(self):
        self.assertEqual(self.check(self.text), 0)
        self.assertNotEqual(self.check(self.text.replace("static_configs", "static_config")), 0)

    def test_the_rules_that_it_names_are_those_for_its_job(self):
        (path,) = self.file["rule_files"]
        rules = (REPOSITORY / "monitoring" / Path(path).name).read_text()
        self.assertIn(f'job="{self.file["scrape_configs"][0]["job_name"]}"', rules)


class Description(unittest.TestCase):
    def test_openapis_own_schema_finds_nothing(self):
        document = json.loads((serving.PROGRAMS / "web/openapi.json").read_text())
        self.assertTrue(document["openapi"].startswith("3.1."))
        self.assertEqual(problems("openapi", document), [])
        document["paths"]["/health"]["gett"] = {}
        self.assertNotEqual(problems("openapi", document), [])


class Workflow(unittest.TestCase):
    def setUp(self):
        self.path = REPOSITORY / ".github/workflows/ci.yml"

    def test_actionlint_finds_nothing(self):
        self.assertEqual(problems("workflow", path=self.path), [])

    def test_pushes_are_tested_before_they_are_deployed(self):
        (workflow,) = read(self.path)
        # YAML 1.1 takes `on` for true.
        self.assertIn("push", workflow[True])
        self.assertEqual(workflow["jobs"]["deploy"]["needs"], ["test", "sanitize", "image"])


if __name__ == "__main__":
    unittest.main()
