// What parse_request() makes of a body, for tests.
#pragma once

#include <string>
#include <string_view>

#include "contract/request.h"
#include "support/boost_test.h"

namespace executor {

inline constexpr std::string_view kJson = "application/json";

// The text of the refusal, or "accepted".
inline std::string refusal(std::string_view body, std::string_view content_type = kJson,
                           const RequestLimits& limits = {}) {
  const auto job = parse_request(content_type, body, limits);
  return job ? "accepted" : job.error().error;
}

// The program of a request that must be accepted.
inline std::string source(std::string_view body) {
  const auto job = parse_request(kJson, body, RequestLimits{});
  BOOST_TEST_REQUIRE(job.has_value(), job.error().error);
  return job->job.source;
}

inline double timeout_of(std::string_view body, const RequestLimits& limits = {}) {
  const auto job = parse_request(kJson, body, limits);
  BOOST_TEST_REQUIRE(job.has_value(), job.error().error);
  return job->timeout.count();
}

// "error: detail" of the refusal, or "accepted".
inline std::string detail(std::string_view body, std::string_view content_type = kJson) {
  const auto request = parse_request(content_type, body, RequestLimits{});
  return request ? "accepted" : request.error().error + ": " + request.error().detail;
}

}  // namespace executor
