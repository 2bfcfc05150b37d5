"""The playground in a real browser: a program is run, its answer is seen, and nothing is asked of any
other server."""

import json
import tempfile
import unittest
from pathlib import Path

from support import browser, pages, serving


def setUpModule():
    pages.start_service()


class Runs(pages.Playground):
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

    def test_stop_ends_a_script_without_end_and_the_next_one_runs(self):
        self.write("while True: pass", dialect="code")
        self.page.find("#timeout").type("30")
        self.page.find("#run").click()
        self.page.wait(lambda: self.page.find("#stop").value_of("disabled") is False)
        self.page.find("#stop").click()
        self.page.wait(lambda: self.outcome() == "Stopped")
        self.write("print(1)", dialect="code")
        self.run_script()
        self.assertEqual(self.outcome(), "Done")

    def test_output_appears_while_the_script_is_running(self):
        self.write("print('early')\nwhile True: pass", dialect="code")
        self.page.find("#timeout").type("30")
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

    def test_output_is_text_and_never_markup(self):
        self.write("print('<img src=x onerror=document.title=1><b>bold</b>')", dialect="code")
        self.run_script()
        self.assertIn("<b>bold</b>", self.part("output"))
        self.assertEqual(self.page.get("/title"), "python-executor")

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
        self.page.find("#timeout").type("30")
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
        self.page.find("#timeout").type("30")
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

    def test_a_link_holds_the_program_and_sends_nothing(self):
        self.write("print('shared é')", dialect="code")
        self.page.addresses()
        self.page.find("#share").click()
        link = self.page.wait(lambda: "#program=" in self.page.get("/url") and self.page.get("/url"))
        self.assertEqual([a for a in self.page.addresses() if not a.endswith("/health")], [])
        self.page.leave(pages.address())
        self.open(link)
        self.page.wait(lambda: self.text() == "print('shared é')")
        self.assertTrue(self.page.find("input[value=code]").value_of("checked"))

    def test_a_link_that_is_put_into_the_address_of_the_open_page_is_followed(self):
        self.write("print('shared')", dialect="code")
        self.page.find("#share").click()
        link = self.page.wait(lambda: "#program=" in self.page.get("/url") and self.page.get("/url"))
        self.write("def main(): return 'mine'")
        self.page.script("window.same = true; location.href = arguments[0]", link)
        self.page.wait(lambda: self.text() == "print('shared')", "the link's program")
        self.assertTrue(self.page.script("return window.same"))
        self.assertTrue(self.page.find("input[value=code]").value_of("checked"))
        self.run_script()
        self.assertEqual(self.part("output").strip(), "shared")
        self.page.find("#drafts option").click()
        self.assertEqual(self.text(), "def main(): return 'mine'")
        self.page.script("location.hash = '#program=nonsense'; location.hash = '#answer'")
        self.page.wait(lambda: self.page.get("/url").endswith("#answer"))
        self.assertEqual(self.text(), "def main(): return 'mine'")
        self.check_quiet()

    def answer_with(self, script):
        """In place of the service: what the script makes of a request, or throws."""
        self.page.script(
            "const real = window.fetch;"
            f"window.fetch = async (to, options) => to === 'execute' ? (() => {{ {script} }})() : real(to, options)"
        )

    def test_what_the_page_cannot_show_is_no_fault_of_the_connection(self):
        self.answer_with('return new Response(\'{"result": 1, "images": 5}\')')
        self.run_script()
        self.assertEqual(self.outcome(), "Not shown")
        self.assertIn("The service has answered", self.part("error"))
        self.assertNotIn("could not be reached", self.part("error"))
        self.answer_with("return new Response('null')")
        self.run_script()
        self.assertEqual(self.outcome(), "Not shown")

    def test_no_connection_and_answers_that_are_none_have_messages_of_their_own(self):
        for script, said in (
            ("throw new TypeError('Failed to fetch')", "The service could not be reached: Failed to fetch"),
            (
                "return new Response('<html>', {status: 502})",
                "The server that answered is not python-executor: HTTP 502",
            ),
            ("return new Response(new ReadableStream({pull() { throw new TypeError('network error') }}),"
             " {headers: {'Content-Type': 'text/event-stream'}})", "The answer broke off: network error"),
            ("return new Response('event: stdout\\ndata: \"x\"\\n\\n', {headers: {'Content-Type': 'text/event-stream'}})",
             "The answer broke off: it has no end"),
        ):  # fmt: skip
            with self.subTest(said):
                self.answer_with(script)
                self.run_script()
                self.assertEqual((self.outcome(), self.part("error")), ("No answer", said))

    def test_a_key_that_cannot_be_sent_is_named(self):
        self.page.script("document.getElementById('key').value = '\u043a\u043b\u044e\u0447'")
        self.run_script()
        self.assertEqual(self.part("error"), "The API key has characters that no key has")

    def test_a_damaged_link_is_ignored(self):
        self.page.leave(pages.address())
        self.open(pages.address("#program=nonsense"))
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
        self.assertIn("xxxxxxxxx was not returned: too large", self.part("files"))
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

    def test_the_same_is_offered_as_a_curl_command(self):
        self.write('print("it\'s")', dialect="code")
        self.page.find("#request summary").click()
        shown = self.page.wait(lambda: self.page.find("#curl").text)
        self.assertIn(f"curl {pages.address('execute')}", shown)
        self.assertIn("it'\\''s", shown)


if __name__ == "__main__":
    unittest.main()
