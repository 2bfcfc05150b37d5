// Every curl command and every documented answer of the five descriptions of this API that the
// service replaces, with the bytes that a shell would send: the bodies are what stands between the
// single quotes. Where those documents disagree, the answers are the contract's.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

// What `curl -X POST URL/execute -H "Content-Type: application/json" -d BODY` writes.
Response curl(std::string_view body) {
  return send_raw(shared_server().port(),
                  "POST /execute HTTP/1.1\r\n"
                  "Host: localhost:8080\r\n"
                  "User-Agent: curl/7.88.1\r\n"
                  "Accept: */*\r\n"
                  "Content-Type: application/json\r\n"
                  "Content-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

void check_answer(std::string_view body, int status, std::string_view expected) {
  const Response response = curl(body);
  BOOST_TEST_CONTEXT(body) {
    BOOST_TEST(response.status == status);
    BOOST_TEST(response.json() == json(expected));
  }
}

// A script that is shown as Python, sent as a client would encode it.
void check_script(std::string_view script, std::string_view expected) {
  check_answer(request_body("script", script), 200, expected);
}

void check_error_text(std::string_view body, int status, std::string_view error) {
  const Response response = curl(body);
  BOOST_TEST_CONTEXT(body) {
    BOOST_TEST(response.status == status);
    BOOST_TEST(response.json().at("error").as_string() == error);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readme_1)

BOOST_AUTO_TEST_CASE(the_request_body_of_the_reference_returns_hello_world) {
  check_answer(R"({
  "script": "def main():\n    return 'Hello World'"
})",
               200, R"({"result": "Hello World", "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(example_1_simple_function_returns_its_object) {
  check_answer(R"json({
    "script": "def main():\n    return {\"message\": \"Hello World\", \"number\": 42}"
  })json",
               200, R"({"result": {"message": "Hello World", "number": 42}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(example_2_with_stdout_output_returns_both) {
  check_answer(R"json({
    "script": "def main():\n    print(\"Processing...\")\n    return \"Done\""
  })json",
               200, R"({"result": "Done", "stdout": "Processing...\n"})");
}

BOOST_AUTO_TEST_CASE(example_3_using_pandas_returns_the_dict) {
  check_answer(
      R"json({
    "script": "import pandas as pd\ndef main():\n    df = pd.DataFrame({\"a\": [1,2,3]})\n    return df.to_dict()"
  })json",
      200, R"({"result": {"a": {"0": 1, "1": 2, "2": 3}}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(an_error_has_the_three_documented_members) {
  const Answer answer = execute("def main():\n    print('before')\n    raise ValueError('no')");
  BOOST_TEST(answer.has("error"));
  BOOST_TEST(answer.err().find("ValueError: no") != std::string::npos);
  BOOST_TEST(answer.out() == "before\n");
}

BOOST_AUTO_TEST_CASE(health_is_healthy) {
  const Response response = get(shared_server().port(), "/health");
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.json() == json(R"({"status": "healthy"})"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(readme_2)

BOOST_AUTO_TEST_CASE(the_basic_example_returns_its_calculation) {
  check_answer(
      R"json({
  "script": "def main():\n    result = 2 + 2\n    print(\"Calculation completed!\")\n    return {\"calculation\": \"2 + 2\", \"result\": result}"
})json",
      200,
      R"({"result": {"calculation": "2 + 2", "result": 4}, "stdout": "Calculation completed!\n"})");
}

BOOST_AUTO_TEST_CASE(the_data_science_example_returns_a_numpy_sum) {
  check_answer(
      R"json({
  "script": "import numpy as np\nimport pandas as pd\ndef main():\n    print(\"Creating a pandas DataFrame...\")\n    s = pd.Series([1, 3, 5, np.nan, 6, 8])\n    print(\"DataFrame created!\")\n    return {\"sum\": s.sum(), \"is_json\": True}"
})json",
      200, R"({"result": {"sum": 23.0, "is_json": true},
               "stdout": "Creating a pandas DataFrame...\nDataFrame created!\n"})");
}

BOOST_AUTO_TEST_CASE(the_request_of_the_reference_returns_success) {
  check_answer(R"json({
  "script": "def main():\n    return {'result': 'success'}"
})json",
               200, R"({"result": {"result": "success"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_error_example_is_answered_with_400_error_and_stdout) {
  const Answer answer =
      execute("def main():\n    print('Some output before error')\n    return undefined_variable");
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error() == "NameError: name 'undefined_variable' is not defined");
  BOOST_TEST(answer.out() == "Some output before error\n");
}

BOOST_AUTO_TEST_CASE(every_documented_error_is_answered_with_400) {
  for (const std::string& body :
       {std::string("{}"), request_body("script", "x = 1"),
        request_body("script", "def main():\n    return 1 / 0"),
        request_body("script", "def main():\n    return {1}"), std::string("{not json")}) {
    BOOST_TEST_CONTEXT(body) {
      BOOST_TEST(curl(body).status == 400);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(readme_3)

BOOST_AUTO_TEST_CASE(the_test_with_curl_returns_its_object) {
  check_answer(
      R"json({"script": "def main(): return {\"message\": \"Hello World\", \"result\": 42}"})json",
      200, R"({"result": {"message": "Hello World", "result": 42}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_cloud_run_request_returns_its_calculation) {
  check_answer(
      R"json({"script": "def main(): return {\"message\": \"Hello from Cloud Run!\", \"calculation\": 2 + 2}"})json",
      200, R"({"result": {"message": "Hello from Cloud Run!", "calculation": 4}, "stdout": ""})");
}

// The document shows a stdout that this script does not write; the contract's is what was written.
BOOST_AUTO_TEST_CASE(the_request_of_the_reference_returns_what_was_written_and_no_more) {
  check_answer(R"json({
  "script": "def main(): return {'hello': 'world'}"
})json",
               200, R"({"result": {"hello": "world"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_basic_example_returns_its_greeting) {
  check_answer(R"json({"script": "def main(): return {\"greeting\": \"Hello World\"}"})json", 200,
               R"({"result": {"greeting": "Hello World"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(using_pandas_with_raw_newlines_returns_its_object) {
  check_answer(R"json({
    "script": "
import pandas as pd
import numpy as np

def main():
    df = pd.DataFrame({\"A\": [1, 2, 3], \"B\": [4, 5, 6]})
    return {
        \"shape\": df.shape,
        \"sum\": df.sum().to_dict(),
        \"mean\": df.mean().to_dict()
    }
"
  })json",
               200, R"({"result": {"shape": [3, 2], "sum": {"A": 6, "B": 15},
                                   "mean": {"A": 2.0, "B": 5.0}},
                        "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(mathematical_calculation_with_raw_newlines_returns_its_object) {
  check_answer(R"json({
    "script": "
import numpy as np

def main():
    arr = np.array([1, 2, 3, 4, 5])
    return {
        \"array\": arr.tolist(),
        \"sum\": float(np.sum(arr)),
        \"mean\": float(np.mean(arr)),
        \"std\": float(np.std(arr))
    }
"
  })json",
               200, R"({"result": {"array": [1, 2, 3, 4, 5], "sum": 15.0, "mean": 3.0,
                                   "std": 1.4142135623730951},
                        "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_test_of_the_execution_endpoint_returns_success) {
  check_answer(R"json({"script": "def main(): return {\"test\": \"success\"}"})json", 200,
               R"({"result": {"test": "success"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_documented_errors_have_the_documented_status) {
  BOOST_TEST(execute("x = 1").status() == 400);
  BOOST_TEST(execute("def main():\n    return object()").status() == 400);
  BOOST_TEST(execute("def main():\n    while True: pass", 0.2).status() == 500);
  BOOST_TEST(execute("def main():\n    return bytearray(1 << 40)").status() == 500);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(readme_4)

BOOST_AUTO_TEST_CASE(the_request_of_the_reference_returns_its_message) {
  check_answer(R"json({
  "script": "def main():\n    return {'message': 'Hello, World!'}"
})json",
               200, R"({"result": {"message": "Hello, World!"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_script_simple_return_returns_its_object) {
  check_script(R"py(def main():
    return {"result": "success", "value": 42}
)py",
               R"({"result": {"result": "success", "value": 42}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_script_using_libraries_returns_a_numpy_mean_and_a_shape) {
  check_script(R"py(import numpy as np
import pandas as pd

def main():
    # Create a simple dataset
    data = pd.DataFrame({
        'numbers': [1, 2, 3, 4, 5],
        'squares': [1, 4, 9, 16, 25]
    })

    # Calculate mean using numpy
    mean_value = np.mean(data['numbers'])

    return {
        "mean": mean_value,
        "data_shape": data.shape,
        "total_records": len(data)
    }
)py",
               R"({"result": {"mean": 3.0, "data_shape": [5, 2], "total_records": 5},
                   "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_script_with_print_statements_returns_all_of_them) {
  check_script(
      R"py(def main():
    print("This will appear in stdout")
    print("Processing data...")

    result = {"processed": True, "items": 10}
    print(f"Processed {result['items']} items")

    return result
)py",
      R"({"result": {"processed": true, "items": 10},
          "stdout": "This will appear in stdout\nProcessing data...\nProcessed 10 items\n"})");
}

BOOST_AUTO_TEST_CASE(the_test_of_the_service_returns_its_message) {
  check_answer(R"json({
    "script": "def main():\n    return {\"message\": \"Hello from local Docker!\"}"
  })json",
               200, R"({"result": {"message": "Hello from local Docker!"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_basic_example_returns_its_object) {
  check_answer(
      R"json({
    "script": "def main():\n    return {\"result\": \"Hello, World!\", \"timestamp\": \"2024-01-01\"}"
  })json",
      200, R"({"result": {"result": "Hello, World!", "timestamp": "2024-01-01"}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_data_processing_example_returns_mean_and_sum) {
  check_answer(
      R"json({
    "script": "import pandas as pd\nimport numpy as np\n\ndef main():\n    data = pd.DataFrame({\"values\": [1, 2, 3, 4, 5]})\n    return {\"mean\": float(np.mean(data[\"values\"])), \"sum\": int(data[\"values\"].sum())}"
  })json",
      200, R"({"result": {"mean": 3.0, "sum": 15}, "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_error_handling_example_is_answered_with_400_and_the_exception) {
  check_error_text(R"json({
    "script": "def main():\n    raise ValueError(\"This is a test error\")"
  })json",
                   400, "ValueError: This is a test error");
}

BOOST_AUTO_TEST_CASE(the_documented_errors_have_the_documented_texts) {
  check_error_text(request_body("script", "x = 1"), 400, "Script must contain a main() function");
  check_error_text("{not json", 400, "Request must be JSON");
  check_error_text(request_body("script", "def main():\n    while True: pass", 0.2), 500,
                   "Script execution timed out");
  // "Script execution error: division by zero" there; the contract has Python's own words.
  check_error_text(request_body("script", "def main():\n    return 1 / 0"), 400,
                   "ZeroDivisionError: division by zero");
}

BOOST_AUTO_TEST_CASE(the_test_with_a_simple_script_returns_its_object) {
  check_answer(
      R"json({
    "script": "def main():\n    import os\n    return {\"python_version\": \"3.11\", \"available_modules\": [\"numpy\", \"pandas\", \"os\"]}"
  })json",
      200, R"({"result": {"python_version": "3.11",
                          "available_modules": ["numpy", "pandas", "os"]},
               "stdout": ""})");
}

BOOST_AUTO_TEST_CASE(the_test_with_data_processing_returns_statistics_of_random_numbers) {
  const Response response = curl(
      R"json({
    "script": "import numpy as np\nimport pandas as pd\n\ndef main():\n    # Create sample data\n    data = np.random.rand(100)\n    df = pd.DataFrame({\"values\": data})\n    \n    return {\n        \"mean\": float(df[\"values\"].mean()),\n        \"std\": float(df[\"values\"].std()),\n        \"count\": len(df)\n    }"
  })json");
  BOOST_TEST(response.status == 200);
  const auto value = response.json();
  const auto& result = value.at("result");
  BOOST_TEST(result.at("count") == 100);
  BOOST_TEST(result.at("mean").as_double() > 0.0);
  BOOST_TEST(result.at("mean").as_double() < 1.0);
  BOOST_TEST(result.at("std").as_double() > 0.0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(readme_5)

BOOST_AUTO_TEST_CASE(the_simple_code_is_answered_with_its_output) {
  const Response response = curl(R"json({
           "code": "print(\"Hello, World!\")\nresult = sum(range(10))\nprint(f\"Sum: {result}\")",
           "timeout": 5
         })json");
  BOOST_TEST(response.status == 200);
  const auto value = response.json();
  BOOST_TEST(value.at("output").as_string() == "Hello, World!\nSum: 45\n");
  BOOST_TEST(value.at("error").is_null());
  BOOST_TEST(value.at("execution_time").is_double());
}

// What requests.post(url, json={"code": code, "timeout": timeout}) writes.
BOOST_AUTO_TEST_CASE(the_python_client_is_answered_with_the_output) {
  const std::string body =
      R"json({"code": "\nprint(\"Hello, World!\")\nresult = sum(range(10))\nprint(f\"Sum: {result}\")\n", "timeout": 5})json";
  const Response response = send_raw(shared_server().port(),
                                     "POST /execute HTTP/1.1\r\n"
                                     "Host: localhost:8000\r\n"
                                     "User-Agent: python-requests/2.31.0\r\n"
                                     "Accept-Encoding: gzip, deflate\r\n"
                                     "Accept: */*\r\n"
                                     "Connection: keep-alive\r\n"
                                     "Content-Length: " +
                                         std::to_string(body.size()) +
                                         "\r\n"
                                         "Content-Type: application/json\r\n\r\n" +
                                         body);
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.json().at("output").as_string() == "Hello, World!\nSum: 45\n");
}

BOOST_AUTO_TEST_CASE(a_code_without_timeout_has_one_of_5_seconds) {
  const Answer answer = run_program("print('start')\nwhile True: pass");
  BOOST_TEST(answer.error() == "Script execution timed out");
  BOOST_TEST(answer.body.at("execution_time").as_double() >= 5.0);
  BOOST_TEST(answer.body.at("execution_time").as_double() < 20.0);
}

BOOST_AUTO_TEST_CASE(curl_of_health_is_healthy) {
  const Response response = send_raw(shared_server().port(),
                                     "GET /health HTTP/1.1\r\nHost: localhost:8000\r\n"
                                     "User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n");
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.json() == json(R"({"status": "healthy"})"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
