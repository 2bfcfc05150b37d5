"""Drives a headless Chromium by chromedriver's HTTP protocol (https://www.w3.org/TR/webdriver2/).

    with browser.Browser() as page:
        page.open("http://127.0.0.1:8080/")
        page.find("#run").click()
        page.wait(lambda: "Done" in page.find("#outcome").text)
"""

import base64
import http.client
import json
import re
import shutil
import tempfile
import time

from support import serving

LIMIT = 120  # seconds for everything that should be quick
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the standard's key of a reference to an element
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage"
    " --disable-background-networking --disable-component-update --disable-sync --disable-extensions"
    " --window-size=1360,860 --lang=en-US"
).split()
# The keys of the protocol that are no characters.
CONTROL, SHIFT, ENTER, TAB, ESCAPE, BACKSPACE = "\ue009", "\ue008", "\ue007", "\ue004", "\ue00c", "\ue003"


class Element:
    def __init__(self, page, reference):
        self.page = page
        self.path = f"/element/{reference[ELEMENT]}"
        self.reference = reference

    def click(self):
        self.page.post(self.path + "/click", {})

    def type(self, text):
        self.page.post(self.path + "/value", {"text": text})

    @property
    def text(self):
        return self.page.get(self.path + "/text")

    def value_of(self, name):
        return self.page.get(f"{self.path}/property/{name}")

    @property
    def shown(self):
        return self.page.get(self.path + "/displayed")


class Browser:
    """One window. `phone` makes it one of a phone's size, with touch; `flags` are Chromium's."""

    def __init__(self, phone=False, dark=False, flags=()):
        self.directory = tempfile.mkdtemp(prefix="python-executor-browser.")
        self.port = serving.free_port()
        self.driver = serving.Process(
            ["chromedriver", f"--port={self.port}"],
            lambda process: re.search("started successfully", process.log()),
            {"HOME": self.directory},
        )
        options = {"args": [*FLAGS, *flags, f"--user-data-dir={self.directory}/profile"]}
        if phone:
            metrics = {"width": 390, "height": 844, "pixelRatio": 2, "touch": True}
            options["mobileEmulation"] = {"deviceMetrics": metrics}
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self.session = ""
        try:
            made = self.post("/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = f"/session/{made['sessionId']}"
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            self.devtools("Emulation.setEmulatedMedia", {"features": [scheme]})
        except BaseException:
            self.close()
            raise

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.request(method, self.session + path, None if body is None else json.dumps(body))
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{method} {path}: {value['error']}: {value['message']}")
        return value

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body):
        return self.call("POST", path, body)

    def devtools(self, command, parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        self.post("/url", {"url": url})

    def leave(self, origin):
        """Shows an empty page, and clears what pages of `origin` have stored."""
        self.open("about:blank")
        self.devtools("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})

    def find(self, selector):
        return Element(self, self.post("/element", {"using": "css selector", "value": selector}))

    def find_all(self, selector):
        found = self.post("/elements", {"using": "css selector", "value": selector})
        return [Element(self, reference) for reference in found]

    def focused(self):
        return Element(self, self.get("/element/active"))

    def script(self, text, *arguments):
        return self.post("/execute/sync", {"script": text, "args": list(arguments)})

    def press(self, *keys):
        """Presses keys together, the last one last, and lets them go."""
        actions = [{"type": "keyDown", "value": key} for key in keys]
        actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def wait(self, happened, what="what was waited for"):
        """What `happened` returns once that is true."""
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if value := happened():
                return value
            time.sleep(0.05)
        raise AssertionError(f"{what} did not happen; the page says:\n{self.find('body').text[:2000]}")

    def wait_for(self, selector):
        return self.wait(lambda: next((e for e in self.find_all(selector) if e.shown), None), selector)

    def complaints(self):
        """What the page has written to the console as errors since the last call."""
        entries = self.post("/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def addresses(self):
        """What has been asked of the network since the last call."""
        messages = (json.loads(e["message"])["message"] for e in self.post("/se/log", {"type": "performance"}))
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.get("/screenshot")))

    def close(self):
        if self.session:
            self.call("DELETE", "")
        self.driver.__exit__()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
