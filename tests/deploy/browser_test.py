"""The pages in a real browser: they open, a script is tried out, its result is seen, and nothing is
asked of any other server. With SCREENSHOTS=directory in the environment pictures are left there."""

import json
import os
import unittest

import browser
import serving


def setUpModule():
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
        self.page.open(address("health"))
        self.page.script("localStorage.clear()")
        self.page.complaints(), self.page.addresses()
        self.page.open(address(self.path))

    def picture(self, name):
        if directory := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(f"{directory}/{name}.png")

    def check_quiet(self, besides=()):
        """No error on the console, and no other server asked."""
        # For the page before this one, which is JSON and names no icon, at some later moment.
        besides = (*besides, "/favicon.ico")
        complaints = [c for c in self.page.complaints() if not any(text in c for text in besides)]
        self.assertEqual(complaints, [])
        asked = [a for a in self.page.addresses() if not a.startswith(("data:", "blob:"))]
        self.assertGreater(len(asked), 2)
        self.assertEqual([a for a in asked if not a.startswith(address())], [])


class Playground(Page):
    def write(self, source, dialect="script"):
        self.page.script("arguments[0].click()", self.page.find(f"input[value={dialect}]").reference)
        self.page.script("arguments[0].focus(); arguments[0].select()", self.page.find("#source").reference)
        self.page.press(browser.BACKSPACE)
        self.page.post(
            "/goog/cdp/execute", {"cmd": "Input.insertText", "params": {"text": source}}
        )
        self.assertEqual(self.page.find("#source").value_of("value"), source)

    def run_script(self):
        self.page.find("#run").click()
        self.await_answer()

    def await_answer(self):
        self.page.wait(lambda: self.page.find("#run").value_of("disabled") is False, "the answer")

    def outcome(self):
        return self.page.find("#outcome").text

    def part(self, name):
        return self.page.find(f"[data-part='{name}']").text.split("\n", 1)[1]


class PlaygroundOnADesk(Playground):
    def test_says_that_the_service_is_healthy(self):
        self.page.wait(lambda: self.page.find("#health-text").text == "healthy")
        self.check_quiet()

    def test_runs_the_first_example_and_shows_result_output_and_timing(self):
        self.run_script()
        self.assertEqual(self.outcome(), "Done")
        self.assertEqual(set(json.loads(self.part("result"))), {"Bern", "Lima", "Oslo"})
        self.assertIn("degrees", self.part("stdout"))
        self.assertRegex(self.part("timing"), r"queue [\d.]+ m?s\s+start [\d.]+ m?s\s+run [\d.]+ m?s")
        self.check_quiet()
        self.picture("playground-result")

    def test_every_example_is_answered(self):
        expected = {"An exception": "exception", "A slip of the pen": "syntax error", "No way out": "error"}
        options = self.page.script("return [...document.querySelectorAll('#example option')].map(o => o.text)")
        self.assertGreater(len(options), 5)
        for index, name in enumerate(options):
            if name.startswith("No end"):
                continue
            with self.subTest(name):
                self.page.find(f"#example option[value='{index}']").click()
                self.run_script()
                self.assertEqual(self.outcome(), expected.get(name, "Done"))

    def test_control_enter_in_the_editor_runs_what_was_typed(self):
        self.write("print('typed')", dialect="code")
        self.page.press(browser.CONTROL, browser.ENTER)
        self.page.wait(lambda: self.outcome() == "Done")
        self.assertEqual(self.part("output").strip(), "typed")

    def test_an_exception_marks_its_line_and_leads_to_it(self):
        self.write("x = 1\ndef main():\n    return {}['no']\n")
        self.run_script()
        self.assertEqual(self.outcome(), "exception")
        self.assertIn("KeyError: 'no'", self.part("error"))
        self.assertIn("Traceback", self.part("stderr"))
        self.assertEqual(self.page.find("#gutter .wrong").text, "3")
        self.assertIn("return {}['no']", self.page.find("#paint .wrong").text)
        self.page.find(".jump").click()
        selected = self.page.script("const s = document.getElementById('source');"
                                    "return s.value.slice(s.selectionStart, s.selectionEnd)")
        self.assertEqual(selected, "    return {}['no']")
        self.picture("playground-exception")

    def test_a_syntax_error_marks_its_line_and_typing_takes_the_mark_away(self):
        self.write("def main():\n    return (\n")
        self.run_script()
        self.assertEqual(self.outcome(), "syntax error")
        self.assertEqual(self.page.find("#gutter .wrong").text, "2")
        self.page.find("#source").type("x")
        self.assertEqual(self.page.find_all("#gutter .wrong"), [])

    def test_stop_ends_a_script_without_end_and_the_next_one_runs(self):
        self.write("while True: pass", dialect="code")
        self.page.find("#run").click()
        self.page.wait(lambda: self.page.find("#stop").value_of("disabled") is False)
        self.page.find("#stop").click()
        self.page.wait(lambda: self.outcome() == "Stopped")
        self.write("print(1)", dialect="code")
        self.run_script()
        self.assertEqual(self.outcome(), "Done")

    def test_output_appears_while_the_script_is_running(self):
        self.write("print('early')\nwhile True: pass", dialect="code")
        self.page.find("#run").click()
        self.page.wait(lambda: self.page.find_all("[data-part='stdout'].live"), "the output")
        self.assertEqual(self.part("stdout").strip(), "early")
        self.assertTrue(self.page.find("#run").value_of("disabled"))
        self.page.find("#stop").click()
        self.page.wait(lambda: self.outcome() == "Stopped")

    def test_a_plot_is_shown_as_a_picture(self):
        self.write("import matplotlib.pyplot as plt\ndef main():\n    plt.plot([1, 3, 2])\n")
        self.run_script()
        self.assertEqual(self.outcome(), "Done")
        width = self.page.script("return document.querySelector('img.plot').naturalWidth")
        self.assertEqual(width, 640)
        self.check_quiet()
        self.picture("playground-plot")

    def test_the_timeout_that_was_written_is_kept_to(self):
        self.write("def main():\n    while True: pass")
        self.page.find("#timeout").type("0.3")
        self.run_script()
        self.assertEqual(self.outcome(), "timeout")
        self.assertIn("HTTP 500", self.page.find("#times").text)

    def test_tab_indents_and_escape_lets_it_leave(self):
        self.write("def main():")
        editor = self.page.find("#source")
        self.page.press(browser.ENTER)
        self.assertEqual(editor.value_of("value"), "def main():\n    ")
        self.page.press(browser.TAB)
        self.assertEqual(editor.value_of("value"), "def main():\n        ")
        self.page.press(browser.SHIFT, browser.TAB)
        self.assertEqual(editor.value_of("value"), "def main():\n    ")
        self.assertEqual(self.page.focused().value_of("id"), "source")
        self.page.press(browser.ESCAPE)
        self.page.press(browser.TAB)
        self.assertEqual(self.page.focused().value_of("id"), "run")

    def test_the_painted_text_lies_below_the_typed_one(self):
        source = "".join(f"line_{n} = 'text' * {n}  # {n}\n" for n in range(1, 200))
        self.write(source)
        self.assertEqual(self.page.script("return document.getElementById('paint').innerText.trim()"), source.strip())
        offset = self.page.script(
            "const source = document.getElementById('source'); source.scrollTop = 1000; source.scrollLeft = 7;"
            "source.dispatchEvent(new Event('scroll'));"
            "const paint = document.getElementById('paint').getBoundingClientRect();"
            "const box = source.getBoundingClientRect();"
            "return [box.top - paint.top - source.scrollTop, box.left - paint.left - source.scrollLeft,"
            " source.scrollHeight - document.getElementById('paint').offsetHeight]"
        )
        for distance in offset:
            self.assertLess(abs(distance), 1.5)

    def test_output_is_text_and_never_markup(self):
        self.write("print('<img src=x onerror=document.title=1><b>bold</b>')", dialect="code")
        self.run_script()
        self.assertIn("<b>bold</b>", self.part("output"))
        self.assertEqual(self.page.get("/title"), "python-executor")

    def test_what_was_written_outlives_a_reload(self):
        self.write("print('kept')", dialect="code")
        self.page.open(address())
        self.assertEqual(self.page.find("#source").value_of("value"), "print('kept')")

    def test_the_same_is_offered_as_a_curl_command(self):
        self.write("print(\"it's\")", dialect="code")
        self.page.find("#request summary").click()
        shown = self.page.wait(lambda: self.page.find("#curl").text)
        self.assertIn(f"curl {address('execute')}", shown)
        self.assertIn("it'\\''s", shown)


class PlaygroundInTheDark(Playground):
    options = {"dark": True}

    def test_is_dark(self):
        colour = "return getComputedStyle(document.body).backgroundColor"
        self.assertLess(sum(json.loads("[" + self.page.script(colour)[4:-1] + "]")), 150)
        self.run_script()
        self.picture("playground-dark")


class PlaygroundOnAPhone(Playground):
    options = {"phone": True}

    def test_fits_the_screen_and_runs(self):
        self.run_script()
        self.assertEqual(self.outcome(), "Done")
        wide, window = self.page.script("return [document.documentElement.scrollWidth, innerWidth]")
        self.assertEqual(window, 390)
        self.assertLessEqual(wide, window)
        self.assertTrue(self.page.find("#verdict").shown)
        for button in ("#run", "#stop"):
            height = self.page.script("return arguments[0].offsetHeight", self.page.find(button).reference)
            self.assertGreaterEqual(height, 44)
        self.check_quiet()
        self.picture("playground-phone")


class SwaggerUi(Page):
    path = "docs"

    def test_a_request_is_tried_out_and_its_answer_seen(self):
        self.page.wait_for("#operations-run-execute .opblock-summary-control").click()
        self.page.wait_for("#operations-run-execute button.execute").click()
        live = "#operations-run-execute .live-responses-table"
        self.page.wait_for(f"{live} tr.response .response-col_status")
        self.assertIn("200", self.page.find(f"{live} tr.response .response-col_status").text)
        self.assertIn('"mean": 2', self.page.find(f"{live} tr.response .response-col_description").text)
        self.check_quiet()
        self.picture("docs")

    def test_no_error_of_the_description_is_shown(self):
        self.page.wait_for("#operations-watch-health")
        self.assertEqual(self.page.find_all(".errors-wrapper"), [])


class SwaggerUiOnAPhone(SwaggerUi):
    options = {"phone": True}


class ReDoc(Page):
    path = "redoc"

    def test_shows_every_operation(self):
        for text in ("Run a script", "Whether scripts can run", "Numbers for Prometheus"):
            self.page.wait(lambda: text in self.page.find("body").text, text)
        self.assertNotIn("Something went wrong", self.page.find("body").text)
        self.picture("redoc")
        self.check_quiet()


class ReDocOnAPhone(ReDoc):
    options = {"phone": True}


if __name__ == "__main__":
    unittest.main()
