"""The playground's editor in a real browser: keys, marks, drafts, and what remains without CodeMirror."""

import unittest

from support import browser, pages


def setUpModule():
    pages.start_service()


class Editor(pages.Playground):
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
        self.search("apple", 2)
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

    def test_what_was_written_outlives_a_reload(self):
        self.write("print('kept')", dialect="code")
        self.open(pages.address())
        self.assertEqual(self.text(), "print('kept')")

    def test_choosing_an_example_loses_no_draft(self):
        self.undo_the_choice_of_an_example()
        self.page.find("#example option[value='1']").click()
        self.open(pages.address())
        self.page.find("#example option[value='draft']").click()
        self.assertEqual(self.text(), "print('mine')")

    def earlier(self):
        """What the list offers besides the examples and the newest draft: texts, newest first."""
        return [option.text for option in self.page.find_all("#drafts option")]

    def test_an_example_that_was_changed_is_a_draft_beside_the_others(self):
        self.write("print('mine')", dialect="code")
        self.page.find("#example option[value='1']").click()
        self.focus_editor()
        self.page.press("#")
        changed = self.text()
        self.page.find("#example option[value='0']").click()
        self.assertEqual([text.partition(" \u00b7 ")[2] for text in self.earlier()], ["print('mine')"])
        self.page.find("#drafts option").click()
        self.assertEqual(self.text(), "print('mine')")
        self.assertTrue(self.page.find("input[value=code]").value_of("checked"))
        self.page.find("#example option[value='0']").click()
        self.page.find("#drafts option").click()
        self.assertEqual(self.text(), changed)
        self.check_quiet()

    def test_no_draft_is_lost_to_another_one_or_to_a_reload(self):
        texts = [f"print({n})" for n in range(5)]
        for text in texts:
            self.write(text, dialect="code")
            self.page.find("#example option[value='0']").click()
        self.write("print('newest')", dialect="code")
        for _ in range(2):
            self.assertEqual(sorted(text.partition(" \u00b7 ")[2] for text in self.earlier()), texts)
            self.page.find("#drafts option").click()
            self.assertIn(self.text(), texts)
            self.page.find("#drafts option").click()
            self.assertEqual(self.text(), "print('newest')")
            self.open(pages.address())

    def test_the_draft_of_an_earlier_version_of_the_page_is_offered(self):
        self.page.script(
            "localStorage.setItem('python-executor-draft', JSON.stringify({code: 'print(1)', timeout: 2}))"
        )
        self.open(pages.address())
        self.page.find("#example option[value='draft']").click()
        self.assertEqual((self.text(), self.page.find("#timeout").value_of("value")), ("print(1)", "2"))

    def test_where_the_browser_has_no_more_room_the_oldest_drafts_go(self):
        for number in range(4):
            self.write(f"# {number}" + "x" * 2_000_000, dialect="code")
            self.page.find("#example option[value='0']").click()
        self.assertEqual(self.earlier(), [])
        self.page.find("#example option[value='draft']").click()
        self.assertEqual(self.text()[:3], "# 3")

    def test_control_slash_makes_lines_comments_and_back(self):
        source = "def main():\n    return 1\n"
        self.write(source)
        self.page.press(browser.CONTROL, "a")
        self.page.press(browser.CONTROL, "/")
        self.assertEqual(self.text(), "# def main():\n#     return 1\n")
        self.page.press(browser.CONTROL, "/")
        self.assertEqual(self.text(), source)


class PlaygroundWithoutCodeMirror(pages.Playground):
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


if __name__ == "__main__":
    unittest.main()
