// The body of POST /execute, checked and turned into a job. Pure: bytes in, value out.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/job.h"

namespace executor {

// What a request may ask for; the configuration fills it in. Spans are wall-clock time.
struct RequestLimits {
  std::chrono::duration<double> max_timeout{30};
  std::chrono::duration<double> default_function_timeout{30};
  std::chrono::duration<double> default_program_timeout{5};
  std::size_t max_source = 1ULL << 20;  // bytes of `script` or `code`
  LowerLimits run{};                    // what is configured, and so the most of each
};

// One of several runs of a request's program.
struct RunEntry {
  JobInputs own;                        // in the place of the request's inputs
  std::vector<std::string> warnings{};  // for its part of the answer
};

// One request's work.
struct RunRequest {
  Job job;                                      // what the worker gets
  std::chrono::duration<double> timeout{};      // wall-clock time of the run
  std::chrono::duration<double> max_timeout{};  // the most that could have been asked for
  bool usage = false;                           // whether the answer includes the run's usage
  bool truncate = false;                        // too much output is cut, and the run continues
  // How long it waits in the queue; the service's own time where this is empty.
  std::optional<std::chrono::duration<double>> patience{};
  std::vector<std::string> warnings{};  // for the answer: what part of the request is ignored
  std::vector<RunEntry> runs{};         // one run for each; empty: a single one
};

// The most bytes that parse_request() and its caller hold while a body of so many is parsed: the
// body, its copy with raw controls escaped, a field's text, and what is made of that.
std::size_t parsing_memory(std::size_t body);
// What a parsed request holds.
std::size_t memory_of(const RunRequest& request);

// The contract's text for a request without a program.
inline constexpr std::string_view kMissingProgram = "Missing 'script' field in request body";

// A refused request: the members of a 400 answer.
struct Refusal {
  std::string error;   // the contract's text
  std::string detail;  // which cause, and where; may be empty
  std::string hint;    // what to do; may be empty
  std::vector<std::string> warnings{};
};

// Whether a Content-Type header, as sent, says that a body is JSON.
bool is_json_type(std::string_view content_type);

// Parses a request. `content_type` and `content_encoding` are the headers' values as sent, "" when
// absent; the second only explains why a body cannot be read. Accepts raw newlines, tabs and
// carriage returns inside JSON strings, and a byte order mark in front; everything else is strict
// JSON in UTF-8. Unknown fields are ignored, with a warning. Cost is linear in the size of the
// body, and nesting is bounded.
boost::system::result<RunRequest, Refusal> parse_request(std::string_view content_type,
                                                         std::string_view body,
                                                         const RequestLimits& limits,
                                                         std::string_view content_encoding = {});

}  // namespace executor
