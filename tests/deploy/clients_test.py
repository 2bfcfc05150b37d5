"""docs/clients.md: each of its blocks is run against a service, and gives what its last comment says."""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

from support import npm_packages, serving

PAGE = Path(__file__).resolve().parents[2] / "docs/clients.md"
ADDRESS = "http://localhost:8080"
KEY = "YOUR-KEY"


def setUpModule():
    global service, clients
    clients = npm_packages.installed("clients")
    service = serving.Service("--workers", "2")
    unittest.addModuleCleanup(service.__exit__)


def block(heading, language):
    """The block of a language under a heading, with the address of the service that runs here."""
    text = re.split(r"\n## ", PAGE.read_text().split(f"\n## {heading}\n", 1)[1], maxsplit=1)[0]
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return found.replace(ADDRESS, f"http://127.0.0.1:{service.port}")


def check_runs(test, command, source):
    done = subprocess.run(command, input=source, cwd=clients, capture_output=True, text=True, timeout=120)
    expected = re.search(r"(?://|#) (\S+)\n$", source)[1]
    test.assertEqual((done.returncode, done.stdout.strip()), (0, expected), done.stderr)


def node(test, source):
    check_runs(test, ["node", "--input-type=module", "-"], source)


class Blocks(unittest.TestCase):
    def test_every_block_is_run_here(self):
        blocks = re.findall(r"```(\w+)\n", PAGE.read_text())
        self.assertEqual(blocks, ["python", "javascript", "json", "javascript", "json"])

    def test_python(self):
        check_runs(self, [sys.executable, "-"], block("Python", "python"))

    def test_javascript(self):
        node(self, block("JavaScript", "javascript"))

    def test_langchain(self):
        node(self, block("LangChain", "javascript"))

    def test_n8n_sends_what_its_expression_makes_of_an_item(self):
        (item,) = json.loads(block("n8n", "json"))["nodes"]
        send = item["parameters"]
        expression = re.fullmatch(r"=\{\{ (.*) \}\}", send["jsonBody"])[1]
        source = f"const $json = {{n: 21}}; process.stdout.write({expression})"
        body = subprocess.run(["node", "-e", source], capture_output=True, text=True, check=True).stdout
        self.assertEqual((send["method"], send["url"]), ("POST", f"http://127.0.0.1:{service.port}/execute"))
        answer = service.request("POST", "/execute", body, {"Content-Type": "application/json"})[2]
        self.assertEqual(json.loads(answer)["result"], 42)

    def test_mcp_is_reached_with_what_a_host_is_configured_with(self):
        server = json.loads(block("Agents: MCP", "json"))["mcpServers"]["python"]
        self.assertEqual((server["type"], server["headers"]), ("http", {"Authorization": f"Bearer {KEY}"}))
        done = subprocess.run(
            ["node", "agent.mjs", server["url"], KEY], cwd=clients, capture_output=True, text=True, timeout=120
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["value"]["structuredContent"]["value"], "42")


if __name__ == "__main__":
    unittest.main()
