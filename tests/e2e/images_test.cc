// Plots that a script leaves open come back as PNGs when the request asks for them.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

Answer run_with_images(std::string_view field, std::string_view source) {
  boost::json::object body{{field, source}, {"images", true}};
  return post_body(boost::json::serialize(body));
}

// How many PNGs are in the answer; every one must begin as one does and be of some size.
std::size_t count_of_images(const Answer& answer) {
  const auto* images = answer.body.if_contains("images");
  BOOST_REQUIRE_MESSAGE(images != nullptr, answer.response.body);
  for (const auto& image : images->as_array()) {
    BOOST_TEST(std::string_view(image.as_string()).starts_with("iVBORw0KGgo"));
    BOOST_TEST(image.as_string().size() > 2000U);
  }
  return images->as_array().size();
}

// The heights in pixels: bytes 21 to 23 of a PNG, which are letters 28 to 31 of its base64.
std::string heights(const Answer& answer) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (const auto& image : answer.body.at("images").as_array()) {
    std::size_t height = 0;
    for (const char letter : std::string_view(image.as_string()).substr(28, 4)) {
      height = height * 64 + digits.find(letter);
    }
    text += (text.empty() ? "" : " ") + std::to_string(height);
  }
  return text;
}

constexpr const char* kTwoFigures = R"py(
import matplotlib.pyplot as plt
def main():
    plt.plot([1, 2, 3], [3, 1, 2])
    plt.title("Gr\u00fc\u00dfe $x^2$")
    plt.figure()
    plt.bar(["a", "b"], [1, 2])
    plt.show()
    return "drawn"
)py";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(images, NextRequestWorks)

BOOST_AUTO_TEST_CASE(figures_that_a_script_leaves_open_come_back_as_pngs) {
  const Answer answer = run_with_images("script", kTwoFigures);
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.result() == "drawn");
  BOOST_TEST(count_of_images(answer) == 2U);
  BOOST_TEST(!answer.has("stderr"), answer.response.body);
}

BOOST_AUTO_TEST_CASE(a_program_gets_its_figures_too) {
  const Answer answer =
      run_with_images("code", "from matplotlib import pyplot\npyplot.plot([1, 2])\nprint('x')");
  BOOST_TEST(answer.output() == "x\n");
  BOOST_TEST(count_of_images(answer) == 1U);
}

BOOST_AUTO_TEST_CASE(figures_that_were_shown_and_then_closed_come_back_once_and_in_order) {
  BOOST_TEST(count_of_images(run_with_images("code", R"py(
import matplotlib.pyplot as plt
plt.plot([1])
plt.show()
plt.close()
)py")) == 1U);
  const Answer answer = run_with_images("code", R"py(
import matplotlib.pyplot as plt
for height in (1, 2):
    plt.figure(figsize=(2, height))
    plt.plot([1, 2])
    plt.show()
    plt.show()
plt.close('all')
plt.figure(figsize=(2, 3)).show()
plt.clf()
plt.figure(figsize=(2, 4))
)py");
  BOOST_TEST(!answer.has("stderr"), answer.response.body);
  BOOST_TEST(heights(answer) == "100 200 300 400");
}

BOOST_AUTO_TEST_CASE(a_figure_that_is_cleared_and_shown_again_comes_back_each_time) {
  BOOST_TEST(count_of_images(run_with_images("script", R"py(
import matplotlib.pyplot as plt
def main():
    for i in range(3):
        plt.plot([i, i + 1, 7])
        plt.show()
        plt.clf()
)py")) == 3U);
}

BOOST_AUTO_TEST_CASE(
    a_figure_that_has_changed_since_it_was_shown_comes_back_as_it_is_at_the_end_too) {
  const std::string shown = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n";
  const Answer answer = run_with_images("code", shown + "plt.plot([2, 3]); plt.title('FINAL')");
  const Answer whole = run_with_images(
      "code",
      "import matplotlib.pyplot as plt\nplt.plot([1]); plt.plot([2, 3]); plt.title('FINAL')");
  BOOST_REQUIRE(count_of_images(answer) == 2U);
  BOOST_TEST(answer.body.at("images").at(1) == whole.body.at("images").at(0));
  for (const char* nothing : {"", "plt.savefig('f.png')", "plt.clf()", "plt.show()"}) {
    BOOST_TEST(count_of_images(run_with_images("code", shown + nothing)) == 1U, nothing);
  }
}

BOOST_AUTO_TEST_CASE(a_figure_that_could_not_be_shown_and_was_closed_is_the_scripts_exception) {
  const std::string bad = "import matplotlib.pyplot as plt\nplt.title('$\\\\frac{$')\nplt.show()\n";
  const Answer answer = run_with_images("code", bad + "plt.close()");
  BOOST_TEST(answer.error().starts_with("ValueError"), answer.response.body);
  BOOST_TEST(answer.err().find("_executor") == std::string::npos, answer.err());
  const Answer mended = run_with_images("code", bad + "plt.title('x')\nplt.show()\nplt.close()");
  BOOST_TEST(!mended.has("error_type"), mended.response.body);
  BOOST_TEST(count_of_images(mended) == 1U);
}

BOOST_AUTO_TEST_CASE(an_unknown_backend_is_answered_with_the_names_of_all) {
  const Answer answer = run_program("import matplotlib\nmatplotlib.use('nosuch')", 30);
  const bool named = answer.error().find("TkAgg") != std::string::npos ||
                     answer.error().find("tkagg") != std::string::npos;  // newer versions
  BOOST_TEST(named, answer.error());
}

BOOST_AUTO_TEST_CASE(a_plot_of_pandas_comes_from_a_worker_that_has_matplotlib) {
  const Answer answer = run_with_images("code", R"py(
import sys
print('matplotlib.pyplot' in sys.modules)
import pandas as pd
pd.DataFrame({'a': [1, 3, 2]}).plot()
)py");
  BOOST_TEST(answer.output() == "True\n");
  BOOST_TEST(count_of_images(answer) == 1U);
  BOOST_TEST(!answer.has("stderr"), answer.response.body);
  const Answer without = run_program(R"py(
import sys
print('matplotlib.pyplot' in sys.modules)
if False:
    table.plot()
)py");
  BOOST_TEST(without.output() == "True\n");
}

BOOST_AUTO_TEST_CASE(a_backend_that_needs_a_window_is_agg) {
  const Answer answer = run_with_images("code", R"py(
import matplotlib
matplotlib.use('TkAgg')
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
print(matplotlib.get_backend().lower())
)py");
  BOOST_TEST(answer.output() == "agg\n", answer.response.body);
  BOOST_TEST(count_of_images(answer) == 1U);
  BOOST_TEST(!answer.has("stderr"), answer.response.body);
}

BOOST_AUTO_TEST_CASE(without_being_asked_for_figures_stay_where_they_are) {
  const Answer answer = execute(kTwoFigures);
  BOOST_TEST(answer.result() == "drawn");
  BOOST_TEST(!answer.has("images"));
}

BOOST_AUTO_TEST_CASE(a_script_without_figures_is_answered_with_an_empty_list) {
  BOOST_TEST(count_of_images(run_with_images("script", "def main(): return 1")) == 0U);
  BOOST_TEST(count_of_images(run_with_images("script", R"py(
import matplotlib.pyplot as plt
def main():
    plt.plot([1, 2])
    plt.close("all")
)py")) == 0U);
}

BOOST_AUTO_TEST_CASE(figures_that_were_open_when_the_script_failed_come_with_the_error) {
  const Answer answer = run_with_images("script", R"py(
import matplotlib.pyplot as plt
def main():
    plt.plot([1, 2])
    raise ValueError("later")
)py");
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error() == "ValueError: later");
  BOOST_TEST(count_of_images(answer) == 1U);
}

BOOST_AUTO_TEST_CASE(a_figure_that_cannot_be_drawn_is_the_scripts_exception) {
  const Answer answer = run_with_images("script", R"py(
import matplotlib.pyplot as plt
def main():
    plt.title("$\\nosuchcommand$")
    return 1
)py");
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.error().starts_with("ValueError"), answer.error());
}

BOOST_AUTO_TEST_CASE(figures_larger_than_a_result_may_be_are_the_output_limit) {
  const Answer answer = run_with_images("script", R"py(
import matplotlib.pyplot as plt, numpy as np
def main():
    plt.figure(figsize=(17, 17), dpi=100)
    plt.figimage(np.random.randint(0, 255, (1700, 1700, 3), dtype=np.uint8))
)py");
  BOOST_TEST(answer.status() == 500);
  BOOST_TEST(answer.error_type() == "output_limit");
}

BOOST_AUTO_TEST_CASE(what_a_script_makes_of_pyplot_cannot_break_the_answer) {
  const Answer answer = run_with_images("script", R"py(
import sys, types
def main():
    fake = types.ModuleType("matplotlib.pyplot")
    fake.get_fignums = lambda: [1]
    class Figure:
        def savefig(self, file, **options): file.write(b'"}, {"' * 1000)
    fake.figure = lambda number: Figure()
    sys.modules["matplotlib.pyplot"] = fake
    return "fine"
)py");
  BOOST_TEST(answer.result() == "fine");
  BOOST_TEST(count_of_images(answer) == 0U);
}

BOOST_AUTO_TEST_CASE(matplotlibs_directories_are_there_when_they_are_asked_for) {
  BOOST_TEST(execute(R"py(
import os, matplotlib as mpl
def main():
    places = [mpl.get_cachedir(), mpl.get_configdir()]
    return [os.path.isdir(place) and place.startswith(os.path.expanduser("~")) for place in places]
)py")
                 .result() == json("[true, true]"));
}

BOOST_AUTO_TEST_CASE(a_warning_while_drawing_names_no_file_of_ours) {
  const Answer answer = run_with_images(
      "code", "import matplotlib.pyplot as plt\nplt.title('\\ue000'); plt.plot([1])");
  BOOST_TEST(count_of_images(answer) == 1U);
  BOOST_TEST(answer.err().starts_with("sys:1: UserWarning: Glyph 57344"), answer.err());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
