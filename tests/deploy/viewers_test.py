"""The pages of the API's description, /docs and /redoc, in a real browser."""

import tempfile
import unittest

from PIL import Image
from support import pages, serving


def setUpModule():
    pages.start_service()


class SwaggerUi(pages.Page):
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

    def test_a_key_is_entered_once_and_sent_with_what_is_tried(self):
        with tempfile.NamedTemporaryFile("w") as keys:
            keys.write("alice a11ce-0123456789abcdef\n")
            keys.flush()
            with serving.Service("--workers", "1", "--api-keys-file", keys.name) as other:
                self.page.open(f"http://127.0.0.1:{other.port}/docs")
                self.page.wait_for("button.authorize").click()
                self.page.wait_for("#auth-bearer-value").type("a11ce-0123456789abcdef")
                self.page.find(".modal-ux button.authorize[type=submit]").click()
                self.page.wait_for(".modal-ux .btn-done").click()
                self.page.wait_for("#operations-run-runtime .opblock-summary-control").click()
                self.page.wait_for("#operations-run-runtime button.execute").click()
                status = "#operations-run-runtime .live-responses-table tr.response .response-col_status"
                self.assertIn("200", self.page.wait_for(status).text)

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


class SwaggerUiInTheDark(ReadInTheDark, pages.Page):
    path = "docs"


class ReDocInTheDark(ReadInTheDark, pages.Page):
    path = "redoc"


class ReDoc(pages.Page):
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
