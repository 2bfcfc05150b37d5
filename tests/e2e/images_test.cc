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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
