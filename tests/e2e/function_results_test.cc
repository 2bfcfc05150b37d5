// The function dialect: what main() returns, as JSON, and what cannot be.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"

namespace executor::test {
namespace {

constexpr std::string_view kNotSerializable = "main() must return JSON-serializable data: ";

void check_invalid_result(std::string_view expression, std::string_view complaint) {
  const std::string script = "def main():\n    return " + std::string(expression);
  BOOST_TEST_CONTEXT(script) {
    check_ended(execute(script), 400, "invalid_result",
                std::string(kNotSerializable) + std::string(complaint));
  }
}

// For complaints whose wording is free: they name where, and the word that they must contain.
void check_invalid_result_naming(std::string_view script, std::string_view where,
                                 std::string_view word) {
  const Answer answer = execute(script);
  BOOST_TEST_CONTEXT(answer.error()) {
    BOOST_TEST(answer.status() == 400);
    BOOST_TEST(answer.error_type() == "invalid_result");
    BOOST_TEST(answer.error().starts_with(std::string(kNotSerializable) + std::string(where)));
    BOOST_TEST(answer.error().find(word) != std::string::npos);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(function_dialect, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_result_that_is_not_json_is_refused_with_where_and_what) {
  check_invalid_result("{'rows': [{1}]}", "result['rows'][0] is a set");
  check_invalid_result("{1, 2}", "result is a set");
}

BOOST_AUTO_TEST_CASE(a_result_that_is_not_json_keeps_the_output) {
  const Answer answer = execute("def main():\n    print('made it')\n    return object()");
  BOOST_TEST(answer.error_type() == "invalid_result");
  BOOST_TEST(answer.out() == "made it\n");
}

BOOST_AUTO_TEST_CASE(nan_and_infinities_are_refused) {
  for (const char* value : {"float('nan')", "float('inf')", "-float('inf')"}) {
    check_invalid_result_naming("def main():\n    return {'x': [0.5, " + std::string(value) + "]}",
                                "result['x'][1]", "");
  }
  check_invalid_result_naming("import numpy\ndef main():\n    return numpy.array([1, numpy.nan])",
                              "result[1]", "");
}

BOOST_AUTO_TEST_CASE(circular_overdeep_and_unencodable_results_are_refused) {
  check_invalid_result_naming("def main():\n    x = []\n    x.append(x)\n    return x", "result",
                              "");
  const std::string deep =
      "def main():\n    x = 1\n    for _ in range(DEPTH): x = [x]\n    return x";
  for (const char* depth : {"1000", "100000"}) {
    std::string script = deep;
    script.replace(script.find("DEPTH"), 5, depth);
    check_invalid_result_naming(script, "result", "");
  }
  check_invalid_result_naming("def main():\n    return ['\\ud800']", "result[0]", "");
  check_invalid_result_naming("def main():\n    return {'\\ud800': 1}", "result", "");
  check_invalid_result_naming("def main():\n    return {(1, 2): 3}", "result", "tuple");
  check_invalid_result_naming("def main():\n    return b'bytes'", "result", "bytes");
}

BOOST_AUTO_TEST_CASE(a_result_that_is_nested_100_deep_is_returned) {
  BOOST_TEST(
      execute("def main():\n    x = 1\n    for _ in range(100): x = [x]\n    return x").status() ==
      200);
}

BOOST_AUTO_TEST_CASE(tuples_and_keys_that_json_knows_are_converted_as_json_dumps_does) {
  BOOST_TEST(result_of("def main():\n    return {7: (2, 3), None: 4, True: 5, 0.5: 6}") ==
             json(R"({"7": [2, 3], "null": 4, "true": 5, "0.5": 6})"));
}

BOOST_AUTO_TEST_CASE(large_integers_come_back_with_all_their_digits) {
  const Answer answer = execute("def main():\n    return 2 ** 100");
  BOOST_TEST(answer.response.body.find("1267650600228229401496703205376") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(numpy_scalars_and_arrays_become_the_json_that_they_stand_for) {
  const auto* const script = R"py(
import numpy as np
def main():
    return {
        'int': np.int64(3), 'small': np.uint8(7), 'float': np.float32(0.5), 'bool': np.bool_(True),
        'text': np.str_('x'), 'list': np.array([1, 2]), 'grid': np.array([[1.5], [2.5]]),
        'bools': np.array([True, False]), 'nested': [np.arange(2), {'k': np.int8(1)}],
    }
)py";
  BOOST_TEST(result_of(script) == json(R"({
      "int": 3, "small": 7, "float": 0.5, "bool": true, "text": "x", "list": [1, 2],
      "grid": [[1.5], [2.5]], "bools": [true, false], "nested": [[0, 1], {"k": 1}]})"));
}

BOOST_AUTO_TEST_CASE(pandas_objects_are_refused_with_advice) {
  const std::string start = "import pandas as pd\ndef main():\n    return ";
  check_invalid_result_naming(start + "{'t': pd.DataFrame({'a': [1]})}", "result['t']",
                              ".to_dict()");
  check_invalid_result_naming(start + "pd.Series([1])", "result", ".to_dict()");
  check_invalid_result_naming(start + "[pd.Timestamp('2024-01-01')]", "result[0]", ".isoformat()");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
