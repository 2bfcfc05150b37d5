"""The playground on other screens: in the dark, on a phone, on a small desk, from another machine."""

import json
import unittest

from support import browser, pages


def setUpModule():
    pages.start_service()


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


class PlaygroundFromAnotherMachine(pages.Playground):
    """Over HTTP, where browsers have no navigator.clipboard."""

    options = {"flags": ["--host-resolver-rules=MAP service.test 127.0.0.1"]}

    def test_output_and_links_are_copied(self):
        self.open(pages.address().replace("127.0.0.1", "service.test"))
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
        self.search("12", 6)
        self.assertEqual(self.page.script(CONTRAST), [])
        self.picture(f"playground-search-{type(self).__name__}")


class ContrastInTheLight(Contrast, pages.Playground):
    pass


class PlaygroundInTheDark(Contrast, pages.Playground):
    options = {"dark": True}

    def test_is_dark(self):
        colour = "return getComputedStyle(document.body).backgroundColor"
        self.assertLess(sum(json.loads("[" + self.page.script(colour)[4:-1] + "]")), 150)
        self.run_script()
        self.picture("playground-dark")


class PlaygroundOnASmallDesk(pages.Playground):
    options = {"flags": ["--window-size=1280,800"]}

    def test_what_is_above_the_editor_fits_in_a_row(self):
        tops = self.page.script(
            "return ['#example', '#dialect', '#timeout'].map(s => document.querySelector(s)"
            ".getBoundingClientRect()).map(({top, height}) => Math.round(top + height / 2))"
        )
        self.assertLessEqual(max(tops) - min(tops), 2, tops)


class PlaygroundOnAPhone(pages.Playground):
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


if __name__ == "__main__":
    unittest.main()
