// The scripts that every contender runs, and the proof that an answer is theirs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace executor::bench {

struct Script {
  std::string name;
  std::string source;    // a module that defines main()
  std::string expected;  // what main() returns, as JSON
  int status = 200;      // of the answer over HTTP
  double timeout = 0;    // seconds; 0: the service's default
  std::string field = "script";
  std::string more{};  // further fields of the request over HTTP: a JSON object, or nothing
  int files = 0;       // that the answer over HTTP must bring back

  // The body of POST /execute.
  [[nodiscard]] std::string request_body() const;

  // Throws std::runtime_error unless `answer` is a JSON object whose "result" is the expected one,
  // with as many files.
  void check(std::string_view answer) const;
};

// The two scripts of the bench: "trivial" and "pandas".
const std::vector<Script>& all_scripts();

}  // namespace executor::bench
