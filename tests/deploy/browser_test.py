"""The pages in a real browser: they open, a script is tried out, its result is seen, and nothing is
asked of any other server. With SCREENSHOTS=directory in the environment pictures are left there."""

import json
import os
import tempfile
import unittest
from pathlib import Path

import browser
import serving
from PIL import Image


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


class PlaygroundOnADesk(Playground):
    def test_says_that_the_service_is_healthy(self):
        self.page.wait(lambda: self.page.find("#health-text").text == "healthy")
        self.check_quiet()

    def test_runs_the_first_example_and_shows_result_output_and_timing(self):
        self.run_script()
        self.assertEqual(self.outcome(), "Done")
        self.assertEqual(set(json.loads(self.part("result"))), {"Bern", "Lima", "Oslo"})
        self.assertIn("degrees", self.part("stdout"))
        self.assertRegex(
            self.page.find("[data-part='timing']").text, r"queue [\d.]+ m?s\s+start [\d.]+ m?s\s+run [\d.]+ m?s"
        )
        self.check_quiet()
        self.picture("playground-result")

    def test_every_example_is_answered(self):
        expected = {"An exception": "exception", "A slip of the pen": "syntax error", "No way out": "exception"}
        options = self.page.script(
            "return [...document.querySelectorAll('#example option:not(#draft)')].map(o => o.text)"
        )
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
        self.assertEqual(self.text(), "print('typed')")

    def test_an_exception_marks_its_line_and_leads_to_it(self):
        self.write("x = 1\ndef main():\n    return {}['no']\n")
        self.run_script()
        self.assertEqual(self.outcome(), "exception")
        self.assertIn("KeyError: 'no'", self.part("error"))
        self.assertIn("Traceback", self.part("stderr"))
        self.assertEqual([e.text for e in self.inside(".cm-gutterElement.wrong")], ["3"])
        self.assertEqual([e.text.strip() for e in self.inside(".cm-line.wrong")], ["return {}['no']"])
        self.page.find(".jump").click()
        selected = self.page.script("return document.getElementById('source').shadowRoot.getSelection().toString()")
        self.assertEqual(selected, "    return {}['no']")
        self.picture("playground-exception")

    def test_a_syntax_error_marks_its_line_and_typing_takes_the_mark_away(self):
        self.write("def main():\n    return (\n")
        self.run_script()
        self.assertEqual(self.outcome(), "syntax error")
        self.assertEqual([e.text for e in self.inside(".cm-gutterElement.wrong")], ["2"])
        self.focus_editor()
        self.page.press("x")
        self.assertEqual(self.inside(".wrong"), [])

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
        self.page.press(browser.ENTER)
        self.assertEqual(self.text(), "def main():\n    ")
        self.page.press(browser.TAB)
        self.assertEqual(self.text(), "def main():\n        ")
        self.page.press(browser.SHIFT, browser.TAB)
        self.assertEqual(self.text(), "def main():\n    ")
        self.assertEqual(self.page.focused().value_of("id"), "source")
        self.page.press(browser.ESCAPE)
        self.page.press(browser.TAB)
        self.assertEqual(self.page.focused().value_of("id"), "run")
        self.focus_editor()
        self.page.press(browser.ESCAPE)
        self.page.press("#")
        self.page.press(browser.TAB)
        self.assertEqual(self.page.focused().value_of("id"), "source")

    def test_control_m_lets_tab_leave_too(self):
        self.write("x = 1")
        self.page.press(browser.CONTROL, "m")
        self.page.press(browser.TAB)
        self.assertEqual(self.page.focused().value_of("id"), "run")
        self.assertEqual(self.text(), "x = 1")

    def test_undo_takes_back_what_was_typed_and_redo_repeats_it(self):
        self.write("x = 1")
        self.page.press("2")
        self.assertEqual(self.text(), "x = 12")
        self.page.press(browser.CONTROL, "z")
        self.assertNotEqual(self.text(), "x = 12")
        self.page.press(browser.CONTROL, "y")
        self.assertEqual(self.text(), "x = 12")

    def test_control_f_searches_and_escape_returns_to_the_program(self):
        self.write("apple = 1\npear = 2\nprint(apple)\n")
        self.page.press(browser.CONTROL, "f")
        [field] = self.inside(".cm-search [name=search]")
        field.type("apple")
        self.page.wait(lambda: len(self.inside(".cm-searchMatch")) == 2, "two matches")
        self.page.press(browser.ENTER)
        self.assertEqual([e.text for e in self.inside(".cm-searchMatch-selected")], ["apple"])
        self.page.press(browser.ESCAPE)
        self.assertEqual(self.inside(".cm-search"), [])
        self.page.press("x")
        self.assertEqual(self.text(), "x = 1\npear = 2\nprint(apple)\n")

    def test_the_bracket_that_belongs_to_the_one_at_the_cursor_is_marked(self):
        self.write("print((1 + 2) * 3)", dialect="code")
        self.page.wait(lambda: [e.text for e in self.inside(".cm-matchingBracket")] == ["(", ")"], "two brackets")
        self.check_quiet()

    def test_lines_stand_next_to_their_numbers(self):
        self.write("".join(f"line_{n} = 'text' * {n}  # {n}\n" for n in range(1, 200)))
        tops = self.page.script(
            "const { shadowRoot } = document.getElementById('source');"
            "const tops = (selector) => [...shadowRoot.querySelectorAll(selector)].filter(e => e.offsetHeight)"
            ".map(e => [e.textContent, e.getBoundingClientRect().top]);"
            "return [tops('.cm-line').filter(([text]) => text), tops('.cm-lineNumbers .cm-gutterElement')]"
        )
        lines = {text.rsplit("# ", 1)[1]: top for text, top in tops[0]}
        numbers = dict(tops[1])
        self.assertIn("199", lines)
        for number, top in lines.items():
            self.assertLess(abs(numbers[number] - top), 1.5)

    def test_output_is_text_and_never_markup(self):
        self.write("print('<img src=x onerror=document.title=1><b>bold</b>')", dialect="code")
        self.run_script()
        self.assertIn("<b>bold</b>", self.part("output"))
        self.assertEqual(self.page.get("/title"), "python-executor")

    def test_what_was_written_outlives_a_reload(self):
        self.write("print('kept')", dialect="code")
        self.open(address())
        self.assertEqual(self.text(), "print('kept')")

    def test_a_flood_of_lines_leaves_the_page_answering(self):
        self.page.script(
            "window.longest = 0;"
            "new PerformanceObserver((list) => list.getEntries().forEach("
            "(entry) => window.longest = Math.max(window.longest, entry.duration)))"
            ".observe({type: 'longtask'})"
        )
        self.write("while True: print('y')", dialect="code")
        self.page.find("#timeout").type("30")
        self.run_script()
        self.assertIn("more than 1 MB", self.part("error"))
        shown = self.page.script("return document.querySelector(\"[data-part='output'] pre\").textContent.length")
        self.assertLess(shown, 3 * 65536)
        print(f"\n  longest task while 1 MB of lines came: {self.page.script('return window.longest')} ms")
        self.page.find("[aria-label='Show all of output']").click()
        whole = self.page.script("return document.querySelector(\"[data-part='output'] pre\").textContent.length")
        self.assertGreaterEqual(whole, 1024 * 1024 - 1)

    def test_stop_keeps_the_output_that_has_come(self):
        self.write("print('early')\nwhile True: pass", dialect="code")
        self.page.find("#run").click()
        self.page.wait(lambda: self.page.find_all("[data-part='stdout'].live"), "the output")
        self.assertRegex(self.page.find("#times").text, r"^[\d.]+ s$")
        self.page.find("#stop").click()
        self.page.wait(lambda: self.outcome() == "Stopped")
        self.assertEqual(self.part("stdout").strip(), "early")

    def test_a_new_run_clears_the_answer_before(self):
        self.write("print('first')", dialect="code")
        self.run_script()
        self.write("while True: pass", dialect="code")
        self.page.find("#run").click()
        self.page.wait(lambda: self.page.find("#stop").value_of("disabled") is False)
        self.assertEqual(self.page.find_all("[data-part='output']"), [])
        self.page.find("#stop").click()
        self.page.wait(lambda: self.outcome() == "Stopped")

    def test_numbers_are_shown_as_they_were_sent(self):
        self.write("def main(): return [12345678901234567890123, 1.0, -0.0, 1e22, 5e-324]")
        self.run_script()
        self.assertEqual(self.part("result"), "[\n  12345678901234567890123,\n  1.0,\n  -0.0,\n  1e+22,\n  5e-324\n]")

    def test_a_data_frame_is_shown_as_a_table_too(self):
        self.write("import pandas as pd\ndef main(): return pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}).to_dict()")
        self.run_script()
        cells = self.page.script(
            "return [...document.querySelectorAll(\"[data-part='table'] tr\")].map("
            "(row) => [...row.children].map((cell) => cell.textContent))"
        )
        self.assertEqual(cells, [["", "a", "b"], ["0", "1", "x"], ["1", "2", "y"]])

    def test_a_program_sent_as_a_script_is_one_click_away_from_running(self):
        self.write("print('hello world')")
        self.run_script()
        self.assertEqual(self.outcome(), "missing main")
        self.page.find("[aria-label='Run it as a program']").click()
        self.page.wait(lambda: self.outcome() == "Done")
        self.assertEqual(self.part("output").strip(), "hello world")

    def test_choosing_an_example_loses_no_draft(self):
        self.undo_the_choice_of_an_example()
        self.page.find("#example option[value='1']").click()
        self.open(address())
        self.page.find("#example option[value='draft']").click()
        self.assertEqual(self.text(), "print('mine')")

    def test_a_link_holds_the_program_and_sends_nothing(self):
        self.write("print('shared é')", dialect="code")
        self.page.addresses()
        self.page.find("#share").click()
        link = self.page.wait(lambda: "#program=" in self.page.get("/url") and self.page.get("/url"))
        self.assertEqual([a for a in self.page.addresses() if not a.endswith("/health")], [])
        self.page.script("localStorage.clear()")
        self.page.open(address("health"))
        self.open(link)
        self.page.wait(lambda: self.text() == "print('shared é')")
        self.assertTrue(self.page.find("input[value=code]").value_of("checked"))

    def test_a_damaged_link_is_ignored(self):
        self.page.open(address("health"))
        self.open(address("#program=nonsense"))
        self.page.wait(lambda: "DataFrame" in self.text())
        self.check_quiet()

    def test_standard_input_and_arguments_reach_the_program(self):
        self.write("print(input())", dialect="code")
        self.page.find("#inputs summary").click()
        self.page.find("#stdin").type("typed")
        self.run_script()
        self.assertEqual(self.part("output").strip(), "typed")
        self.write("def main(a): return a")
        self.page.find("#arguments").type('{"a": 12345678901234567890123}')
        self.run_script()
        self.assertEqual(self.part("result"), "12345678901234567890123")

    def test_arguments_that_are_no_json_are_not_sent(self):
        self.write("def main(a): return a")
        self.page.find("#inputs summary").click()
        self.page.find("#arguments").type("{a: 1}")
        self.run_script()
        self.assertIn("'arguments' is not JSON", self.part("error"))

    def test_files_go_in_and_come_back(self):
        self.write("open('out.txt', 'w').write(open('in.txt').read().upper())", dialect="code")
        self.page.find("#inputs summary").click()
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "in.txt").write_text("from a file")
            self.page.find("#files").type(f"{directory}/in.txt")
            self.page.wait(lambda: self.page.find("#file-list").text.startswith("in.txt"))
        self.page.find("#outputs").click()
        self.run_script()
        self.assertEqual(self.outcome(), "Done")
        self.assertIn("out.txt", self.part("files"))
        self.assertTrue(self.page.find("[aria-label='Download out.txt']").shown)

    def drop(self, script):
        """Drops what the script makes of `files`, a DataTransfer, on the panel."""
        self.page.script(
            f"const files = new DataTransfer(); {script}\n"
            "for (const name of ['dragenter', 'drop'])"
            " document.getElementById('inputs').dispatchEvent("
            "new DragEvent(name, {dataTransfer: files, bubbles: true, cancelable: true}))"
        )

    def test_files_are_dropped_and_what_comes_back_is_shown(self):
        self.write(
            "import matplotlib.image, numpy, os\n"
            "open('\u00e4 copy.csv', 'wb').write(open('\u00e4.csv', 'rb').read())\n"
            "matplotlib.image.imsave('p.png', numpy.zeros((2, 3)))\n"
            "open('p.svg', 'w').write('<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>')\n"
            "open('x' * 9, 'wb').truncate(9 << 20)\n"
            "print(os.stat('b').st_size)",
            dialect="code",
        )
        self.drop(
            'files.items.add(new File([\'name,n\\n"a, ""b""",1\\r\\n\u4e2d,2\\n\'], \'\u00e4.csv\'));'
            "files.items.add(new File([new Uint8Array([255, 0])], 'b'));"
            "files.items.add(new File(['x'], 'c'));"
        )
        self.page.wait(lambda: len(self.page.find_all("#file-list li")) == 3)
        self.page.find("[aria-label='Remove c']").click()
        self.page.find("#outputs").click()
        self.run_script()
        self.assertEqual((self.outcome(), self.part("output").strip()), ("Done", "2"))
        cells = [cell.text for cell in self.page.find_all("[data-part='files'] td")]
        self.assertEqual(cells, ['a, "b"', "1", "\u4e2d", "2"])
        self.assertEqual(
            [cell.text for cell in self.page.find_all("[data-part='files'] thead th")][1:], ["name", "n"]
        )
        sizes = self.page.script(
            "return [...document.querySelectorAll('[data-part=files] img')].map((one) => one.naturalWidth)"
        )
        self.assertEqual(sizes, [3, 9])
        self.assertIn("xxxxxxxxx is not there: too large", self.part("files"))
        self.check_quiet()

    def test_what_is_dropped_and_cannot_be_read_is_named(self):
        self.drop(
            "files.items.add(new File(['x'], 'fine'));"
            "Object.defineProperty(files, 'files', {value: [{name: 'folder', arrayBuffer: () => Promise.reject(new Error('not found'))},"
            " ...files.files]});"
        )
        self.page.wait(lambda: "folder cannot be read" in self.page.find("#file-list").text)
        self.assertEqual(len(self.page.find_all("[aria-label='Remove fine']")), 1)

    def test_limits_of_a_run_can_be_lowered(self):
        self.write("b = bytearray(200 << 20)\nprint('y' * 3000)", dialect="code")
        self.page.find("#inputs summary").click()
        self.page.wait(
            lambda: self.page.find("#memory_mb").value_of("placeholder") == "512", "the service's own limit"
        )
        self.run_script()
        self.assertEqual(self.outcome(), "Done")
        self.page.find("#output_kb").type("2")
        self.run_script()
        self.assertEqual(self.outcome(), "output limit")
        self.page.find("#memory_mb").type("100")
        self.run_script()
        self.assertEqual(self.outcome(), "memory limit")
        self.page.find("#cpu_seconds").type("1000000")
        self.run_script()
        self.assertIn("'cpu_seconds' must be a whole number from 1 to", self.part("error"))

    def test_where_a_key_is_wanted_the_answer_says_so_and_enter_runs_it(self):
        with tempfile.NamedTemporaryFile("w") as keys:
            keys.write("alice a11ce-0123456789abcdef\n")
            keys.flush()
            with serving.Service("--workers", "1", "--api-keys-file", keys.name) as other:
                self.open(f"http://127.0.0.1:{other.port}/")
                self.page.find("#inputs summary").click()
                self.run_script()
                self.assertIn("API key", self.part("hint"))
                self.assertEqual(self.page.focused().value_of("id"), "key")
                self.page.find("#key").type("a11ce-0123456789abcdef" + browser.ENTER)
                self.page.wait(lambda: self.outcome() == "Done")
                self.page.wait(lambda: self.page.find("#memory_mb").value_of("placeholder") == "512", "the limit")

    def test_the_value_of_the_last_line_is_shown(self):
        self.write("1 + 1", dialect="code")
        self.run_script()
        self.assertEqual(self.part("last value"), "2")

    def test_terminal_colours_are_shown_and_not_their_codes(self):
        self.write("print('\\x1b[1;31mred\\x1b[0m plain')", dialect="code")
        self.run_script()
        self.assertEqual(self.part("output").strip(), "red plain")
        self.assertEqual(self.page.find(".ansi-red.bold").text, "red")

    def test_control_slash_makes_lines_comments_and_back(self):
        source = "def main():\n    return 1\n"
        self.write(source)
        self.page.press(browser.CONTROL, "a")
        self.page.press(browser.CONTROL, "/")
        self.assertEqual(self.text(), "# def main():\n#     return 1\n")
        self.page.press(browser.CONTROL, "/")
        self.assertEqual(self.text(), source)

    def test_the_same_is_offered_as_a_curl_command(self):
        self.write('print("it\'s")', dialect="code")
        self.page.find("#request summary").click()
        shown = self.page.wait(lambda: self.page.find("#curl").text)
        self.assertIn(f"curl {address('execute')}", shown)
        self.assertIn("it'\\''s", shown)


# Of every text that is shown: the smallest ratio of its colour to the ground below it (WCAG 2.2, 1.4.3).
CONTRAST = """
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const ground = (node) => {
  for (; node; node = node.parentElement ?? node.getRootNode().host) {
    const colour = numbers(getComputedStyle(node).backgroundColor);
    if (colour.length === 3 || colour[3] > 0.99) return colour;
  }
  return [255, 255, 255];
};
const found = [];
const texts = function* (root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.shadowRoot) yield* texts(node.shadowRoot);
    if (node.nodeType === Node.TEXT_NODE) yield node;
  }
};
for (const text of texts(document.body)) {
  const element = text.parentElement;
  if (!text.data.trim() || !element.checkVisibility()) continue;
  if (element.closest("option, button:disabled, .quiet, .skip, script, .cm-announced")) continue;
  const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) found.push(`${text.data.trim().slice(0, 30)} in ${element.tagName}: ${ratio.toFixed(2)}`);
}
return found;
"""


class PlaygroundFromAnotherMachine(Playground):
    """Over HTTP, where browsers have no navigator.clipboard."""

    options = {"flags": ["--host-resolver-rules=MAP service.test 127.0.0.1"]}

    def test_output_and_links_are_copied(self):
        self.open(address().replace("127.0.0.1", "service.test"))
        self.assertFalse(self.page.script("return isSecureContext"))
        self.page.find("#inputs summary").click()
        self.write("print('to be copied')", dialect="code")
        self.run_script()
        for button, expected in (("[aria-label='Copy output']", "to be copied\n"), ("#share", "http://service.test")):
            self.page.find(button).click()
            self.page.wait(lambda: self.page.find(button).text == "Copied", "the button's answer")
            self.page.find("#stdin").click()
            self.page.press(browser.CONTROL, "a")
            self.page.press(browser.CONTROL, "v")
            self.assertTrue(self.page.find("#stdin").value_of("value").startswith(expected))
        self.assertEqual(self.page.complaints(), [])

    def test_where_nothing_was_printed_there_is_nothing_to_copy(self):
        self.write("x = 1", dialect="code")
        self.run_script()
        self.assertEqual(self.part("output"), "(nothing)")
        self.assertEqual(self.page.find_all("[aria-label='Copy output']"), [])


class Contrast:
    def test_every_text_can_be_read(self):
        self.write(
            "# comment\nimport sys\nx = 1.5\ndef main():\n    print('a', file=sys.stderr)\n    return {}['no']\n"
        )
        self.run_script()
        self.page.find("#inputs summary").click()
        self.page.find("#request summary").click()
        self.assertEqual(self.page.script(CONTRAST), [])

    def test_what_is_searched_can_be_read(self):
        self.write("# comment 12\nx = (12, 'text 12')\nclass C12: pass\ndef f12(): return not 12\n")
        self.page.press(browser.CONTROL, "f")
        [field] = self.inside(".cm-search [name=search]")
        field.type("12")
        self.page.wait(lambda: len(self.inside(".cm-searchMatch")) == 6, "six matches")
        self.assertEqual(self.page.script(CONTRAST), [])
        self.picture(f"playground-search-{type(self).__name__}")


class ContrastInTheLight(Contrast, Playground):
    pass


class PlaygroundInTheDark(Contrast, Playground):
    options = {"dark": True}

    def test_is_dark(self):
        colour = "return getComputedStyle(document.body).backgroundColor"
        self.assertLess(sum(json.loads("[" + self.page.script(colour)[4:-1] + "]")), 150)
        self.run_script()
        self.picture("playground-dark")


class PlaygroundWithoutCodeMirror(Playground):
    """As it is where npm's packages could not be fetched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page.devtools("Network.enable", {})
        cls.page.devtools("Network.setBlockedURLs", {"urls": ["*/codemirror.js"]})

    def test_a_plain_textarea_is_typed_into_and_run(self):
        self.assertEqual(self.page.find("#source").value_of("localName"), "textarea")
        self.write("print('typed')", dialect="code")
        self.page.press(browser.CONTROL, browser.ENTER)
        self.page.wait(lambda: self.outcome() == "Done")
        self.assertEqual(self.part("output").strip(), "typed")
        self.focus_editor()
        self.page.press(browser.TAB)
        self.assertEqual(self.page.focused().value_of("id"), "run")
        self.picture("playground-plain")

    def test_undo_brings_back_what_was_there_before_an_example(self):
        self.undo_the_choice_of_an_example()

    def test_an_error_leads_to_its_line(self):
        self.write("def main():\n    return {}['no']\n")
        self.run_script()
        self.page.find(".jump").click()
        selected = self.page.script(
            "const s = document.getElementById('source');" "return s.value.slice(s.selectionStart, s.selectionEnd)"
        )
        self.assertEqual(selected, "    return {}['no']")


class PlaygroundOnASmallDesk(Playground):
    options = {"flags": ["--window-size=1280,800"]}

    def test_what_is_above_the_editor_fits_in_a_row(self):
        tops = self.page.script(
            "return ['#example', '#dialect', '#timeout'].map(s => document.querySelector(s)"
            ".getBoundingClientRect()).map(({top, height}) => Math.round(top + height / 2))"
        )
        self.assertLessEqual(max(tops) - min(tops), 2, tops)


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


class ReadInTheDark:
    """Most of the screen is dark, wherever one has scrolled to."""

    options = {"dark": True}

    def test_it_is_dark_all_over(self):
        self.page.wait(lambda: "Run a script" in self.page.find("body").text, "the description")
        for place in ("0", "document.body.scrollHeight / 4"):
            self.page.script(f"scrollTo({{top: {place}, behavior: 'instant'}})")
            with tempfile.NamedTemporaryFile(suffix=".png") as file:
                self.page.screenshot(file.name)
                with Image.open(file.name) as picture:
                    greys = picture.convert("L").histogram()
            self.picture(f"{self.path}-dark")
            self.assertLess(sum(greys[128:]) / sum(greys), 0.15, place)


class SwaggerUiInTheDark(ReadInTheDark, Page):
    path = "docs"


class ReDocInTheDark(ReadInTheDark, Page):
    path = "redoc"


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
