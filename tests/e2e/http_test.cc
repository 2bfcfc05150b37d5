// What HTTP itself demands of the service: paths, methods, sizes, headers, and that every answer,
// including those that nginx itself makes, is JSON.
#include <regex>
#include <string>

#include "e2e/http_checks.h"

namespace executor::test {
namespace {

Response request(std::string method, std::string target) {
  return send(port(), {std::move(method), std::move(target), {}, {}});
}

Response post_with_type(const std::string& type) {
  return send(port(),
              {"POST", "/execute", {{"Content-Type", type}}, request_body("script", kScript)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http)

// paths and methods

BOOST_AUTO_TEST_CASE(health_is_answered_with_healthy) {
  const Response response = request("GET", "/health");
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.header("Content-Type").starts_with("application/json"));
  BOOST_TEST(response.json() == json(R"({"status": "healthy"})"));
}

BOOST_AUTO_TEST_CASE(head_of_health_is_answered_with_200_and_no_body) {
  Connection connection(port());
  const Response head = connection.send({"HEAD", "/health", {}, {}});
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.body.empty());
  // Had a body been sent, this connection would be out of step.
  BOOST_TEST(connection.send({"GET", "/health", {}, {}}).status == 200);
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_answered_with_404) {
  for (const char* path :
       {"/nope", "/docs/", "/x/docs", "/x/", "/execute//", "/execute/x", "/health/x", "//execute",
        "/EXECUTE", "/__python_executor_error", "/.git/config", "/%00", "/nope?x=1"}) {
    BOOST_TEST_CONTEXT(path) {
      const Response response = request("GET", path);
      BOOST_TEST((response.status == 404 || response.status == 400));
      check_json_error(response, response.status);
    }
  }
  check_json_error(request("GET", "/nope"), 404);
  check_json_error(post_json(port(), "/nope", request_body("script", kScript)), 404);
}

BOOST_AUTO_TEST_CASE(a_path_that_climbs_out_is_refused) {
  check_json_error(send_raw(port(), "GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  check_json_error(request("GET", "/x/..%2f..%2fetc/passwd"), 400);
}

BOOST_AUTO_TEST_CASE(a_wrong_method_for_execute_is_answered_with_405_and_allow) {
  for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    BOOST_TEST_CONTEXT(method) {
      const Response response = request(method, "/execute");
      check_json_error(response, 405);
      BOOST_TEST(response.header("Allow") == "POST");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_method_for_health_is_answered_with_405_and_allow) {
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    BOOST_TEST_CONTEXT(method) {
      const Response response = request(method, "/health");
      check_json_error(response, 405);
      BOOST_TEST(response.header("Allow").starts_with("GET"));
    }
  }
}

BOOST_AUTO_TEST_CASE(trace_and_connect_are_answered_with_an_error_in_json) {
  check_json_error(request("TRACE", "/execute"), 405);
  const Response connect =
      send_raw(port(), "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n");
  check_json_error(connect, connect.status == 405 ? 405 : 400);  // depends on nginx's version
}

BOOST_AUTO_TEST_CASE(a_query_does_not_change_the_path) {
  const Response response = post_json(port(), "/execute?trace=1", request_body("script", kScript));
  BOOST_TEST(response.status == 200);
}

BOOST_AUTO_TEST_CASE(a_slash_after_execute_changes_nothing) {
  const std::string body = request_body("script", kScript);
  BOOST_TEST(post_json(port(), "/execute/", body).json().at("result") == "ran");
  const Response refused = request("GET", "/execute/");
  check_json_error(refused, 405);
  BOOST_TEST(refused.header("Allow") == "POST");
}

BOOST_AUTO_TEST_CASE(head_of_a_page_is_answered_with_200_and_no_body) {
  for (const char* page : {"/", "/docs", "/redoc", "/openapi.json"}) {
    BOOST_TEST_CONTEXT(page) {
      Connection connection(port());
      const Response head = connection.send({"HEAD", page, {}, {}});
      BOOST_TEST(head.status == 200);
      BOOST_TEST(head.body.empty());
      BOOST_TEST(connection.send({"GET", "/health", {}, {}}).status == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(errors_have_a_word_for_programs) {
  const auto type = [](const Response& response) { return response.json().at("error_type"); };
  BOOST_TEST(type(request("GET", "/nope")) == "not_found");
  BOOST_TEST(type(request("PUT", "/execute")) == "method_not_allowed");
  BOOST_TEST(type(request("POST", "/health")) == "method_not_allowed");
  BOOST_TEST(type(request("DELETE", "/docs")) == "method_not_allowed");
  BOOST_TEST(type(send_raw(port(), "GET\r\n\r\n")) == "bad_request");
}

// types of bodies

BOOST_AUTO_TEST_CASE(a_content_type_that_is_not_json_is_answered_with_400) {
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                           "application/json5", "multipart/form-data; boundary=x", "json", "*/*"}) {
    BOOST_TEST_CONTEXT(type) {
      const Response response = post_with_type(type);
      check_json_error(response, 400);
      BOOST_TEST(response.json().at("error") == "Request must be JSON");
      BOOST_TEST(response.json().at("error_type") == "bad_request");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_missing_content_type_is_answered_with_400) {
  const Response response = send(port(), {"POST", "/execute", {}, request_body("script", kScript)});
  check_json_error(response, 400);
  BOOST_TEST(response.json().at("error") == "Request must be JSON");
}

BOOST_AUTO_TEST_CASE(the_content_type_of_json_is_accepted_in_any_case_and_with_a_charset) {
  for (const char* type :
       {"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8",
        "application/json ;charset=\"utf-8\""}) {
    BOOST_TEST_CONTEXT(type) {
      BOOST_TEST(post_with_type(type).status == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_of_http_1_0_gets_its_answer) {
  const std::string body = request_body("script", kScript);
  const Response response = send_raw(
      port(), "POST /execute HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
  BOOST_TEST(response.status == 200);
}

// headers of the answer

BOOST_AUTO_TEST_CASE(a_sane_request_id_is_taken) {
  const std::string id = "Job-42.a_b";
  for (const Request& request : {Request{"GET", "/health", {{"X-Request-Id", id}}, {}},
                                 Request{"GET", "/nope", {{"X-Request-Id", id}}, {}},
                                 Request{"GET", "/execute", {{"X-Request-Id", id}}, {}},
                                 Request{"POST", "/execute", {{"X-Request-Id", id}}, "{}"}}) {
    BOOST_TEST_CONTEXT(request.method << ' ' << request.target) {
      BOOST_TEST(send(port(), request).header("X-Request-Id") == id);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_request_id_that_is_no_sane_token_is_replaced) {
  for (const std::string& id : {std::string("two words"), std::string("a\"b"), std::string("<x>"),
                                std::string(2000, 'a'), std::string("a\\nb")}) {
    BOOST_TEST_CONTEXT(id) {
      const Response response = send(port(), {"GET", "/health", {{"X-Request-Id", id}}, {}});
      BOOST_TEST(response.status == 200);
      BOOST_TEST(response.header("X-Request-Id") != id);
      BOOST_TEST(!response.header("X-Request-Id").empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(requests_without_an_id_get_one_of_their_own) {
  const std::string first = request("GET", "/health").header("X-Request-Id");
  const std::string second = request("GET", "/health").header("X-Request-Id");
  BOOST_TEST(!first.empty());
  BOOST_TEST(first != second);
}

BOOST_AUTO_TEST_CASE(an_answer_carries_one_request_id_and_no_second) {
  const Response response = post_json(port(), "/execute", request_body("script", kScript));
  BOOST_TEST(response.count("X-Request-Id") == 1U);
}

BOOST_AUTO_TEST_CASE(server_timing_has_queue_start_and_run_in_milliseconds) {
  const Response response =
      post_json(port(), "/execute",
                request_body("script",
                             "import time\ndef main():\n    end = time.monotonic() + 0.1\n"
                             "    while time.monotonic() < end: pass"));
  const std::string timing = response.header("Server-Timing");
  BOOST_TEST_CONTEXT(timing) {
    const std::regex pattern(R"(queue;dur=[0-9.]+, ?start;dur=[0-9.]+, ?run;dur=([0-9.]+))");
    std::smatch match;
    BOOST_TEST_REQUIRE(std::regex_match(timing, match, pattern));
    BOOST_TEST(std::stod(match[1]) >= 100.0);
    BOOST_TEST(std::stod(match[1]) < 20000.0);
  }
}

BOOST_AUTO_TEST_CASE(server_timing_is_there_after_a_timeout_too) {
  const Answer answer = execute("def main():\n    while True: pass", 0.2);
  BOOST_TEST(answer.response.header("Server-Timing").find("run;dur=") != std::string::npos);
}

// what nginx itself answers

BOOST_AUTO_TEST_CASE(a_malformed_request_line_is_answered_with_400_and_json) {
  for (const char* bytes :
       {"\x16\x03\x01\x02\x01\x01\r\n\r\n", "GET\r\n\r\n", "get / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/x.1\r\nHost: x\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    BOOST_TEST_CONTEXT(bytes) {
      check_json_error(send_raw(port(), bytes), 400);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_request_without_host_is_answered_with_400_and_json) {
  check_json_error(send_raw(port(), "GET /health HTTP/1.1\r\n\r\n"), 400);
  check_json_error(send_raw(port(), "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

BOOST_AUTO_TEST_CASE(a_malformed_length_is_answered_with_400_and_json) {
  for (const char* headers : {"Content-Length: -5\r\n", "Content-Length: x\r\n",
                              "Content-Length: 1\r\nContent-Length: 2\r\n",
                              "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"}) {
    BOOST_TEST_CONTEXT(headers) {
      check_json_error(send_raw(port(), post_head(headers)), 400);
    }
  }
  check_json_error(send_raw(port(), post_head("Transfer-Encoding: chunked\r\n") + "zz\r\n"), 400);
}

BOOST_AUTO_TEST_CASE(a_length_beyond_all_bounds_is_answered_with_json) {
  check_json_error(send_raw(port(), post_head("Content-Length: 9000000000000000000\r\n")), 413);
  check_json_error(send_raw(port(), post_head("Content-Length: 99999999999999999999\r\n")), 400);
}

BOOST_AUTO_TEST_CASE(an_unknown_transfer_encoding_is_answered_with_501_and_json) {
  check_json_error(send_raw(port(), post_head("Transfer-Encoding: gzip\r\n")), 501);
}

BOOST_AUTO_TEST_CASE(an_unknown_version_is_answered_with_505_and_json) {
  check_json_error(send_raw(port(), "GET /health HTTP/9.9\r\nHost: x\r\n\r\n"), 505);
}

BOOST_AUTO_TEST_CASE(a_uri_that_is_too_long_is_answered_with_414_and_json) {
  check_json_error(
      send_raw(port(), "GET /" + std::string(100000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
}

BOOST_AUTO_TEST_CASE(headers_that_are_too_large_are_answered_with_an_error_in_json) {
  const Response response =
      send_raw(port(), "GET /health HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(100000, 'a') +
                           "\r\n\r\n");
  BOOST_TEST((response.status == 400 || response.status == 431));
  check_json_error(response, response.status);
}

BOOST_AUTO_TEST_CASE(an_answer_does_not_name_the_software_versions) {
  BOOST_TEST(request("GET", "/nope").header("Server").find('/') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
