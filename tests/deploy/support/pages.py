"""The service's pages in a browser, for tests of them.

    def setUpModule():
        pages.start_service()

With SCREENSHOTS=directory in the environment pictures are left there."""

import os
import unittest

from support import browser, serving


def start_service():
    """For all tests of the calling module, until its end."""
    global service
    service = serving.Service("--workers", "2", "--ready", "2")
    unittest.addModuleCleanup(service.__exit__)


def address(path=""):
    return f"http://127.0.0.1:{service.port}/{path}"


class Page(unittest.TestCase):
    path = ""
    options = {}

    @classmethod
    def setUpClass(cls):
        cls.page = browser.Browser(**cls.options)
        cls.addClassCleanup(cls.page.close)

    def setUp(self):
        self.page.leave(address())
        self.page.complaints(), self.page.addresses()
        self.page.open(address(self.path))

    def picture(self, name):
        if directory := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(f"{directory}/{name}.png")

    def check_quiet(self, besides=()):
        """No error on the console, and no other server asked."""
        complaints = [c for c in self.page.complaints() if not any(text in c for text in besides)]
        self.assertEqual(complaints, [])
        asked = [a for a in self.page.addresses() if not a.startswith(("data:", "blob:"))]
        self.assertGreater(len(asked), 2)
        self.assertEqual([a for a in asked if not a.startswith(address())], [])


class Playground(Page):
    def setUp(self):
        super().setUp()
        self.await_editor()

    def await_editor(self):
        self.page.wait(lambda: not self.page.find_all("#editor[aria-busy]"), "the editor")

    def open(self, url):
        self.page.open(url)
        self.await_editor()

    def text(self):
        return self.page.script("return document.getElementById('source').value")

    def focus_editor(self):
        self.page.script("document.getElementById('source').focus()")

    def inside(self, selector):
        """What there is of it in the editor's shadow root."""
        found = self.page.script(
            "return [...document.getElementById('source').shadowRoot.querySelectorAll(arguments[0])]", selector
        )
        return [browser.Element(self.page, reference) for reference in found]

    def search(self, text, matches):
        """Searches in the editor, and waits until so many places are marked."""
        self.page.press(browser.CONTROL, "f")
        [field] = self.inside(".cm-search [name=search]")
        field.type(text)
        self.page.wait(lambda: len(self.inside(".cm-searchMatch")) == matches, f"{matches} matches")

    def write(self, source, dialect="script"):
        self.page.script("arguments[0].click()", self.page.find(f"input[value={dialect}]").reference)
        self.focus_editor()
        self.page.press(browser.CONTROL, "a")
        self.page.press(browser.BACKSPACE)
        self.page.devtools("Input.insertText", {"text": source})
        self.assertEqual(self.text(), source)

    def undo_the_choice_of_an_example(self):
        self.write("print('mine')", dialect="code")
        self.page.find("#example option[value='0']").click()
        self.assertIn("DataFrame", self.text())
        self.focus_editor()
        self.page.press(browser.CONTROL, "z")
        self.assertEqual(self.text(), "print('mine')")

    def run_script(self):
        self.page.find("#run").click()
        self.await_answer()

    def await_answer(self):
        self.page.wait(lambda: self.page.find("#run").value_of("disabled") is False, "the answer")

    def outcome(self):
        return self.page.find("#outcome").text

    def part(self, name):
        return self.page.find(f"[data-part='{name}'] .content").text
