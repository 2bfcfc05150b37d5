// Operational failures as values: what was being done, and the kernel's reason for the failure.
#pragma once

#include <boost/system/result.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace executor {

struct Failure {
  Failure() = default;
  // Never the step alone: a type that a lone string could become would make Result<std::string>
  // ambiguous.
  Failure(std::string what, int number) : step(std::move(what)), error(number) {}

  std::string step;  // what was being done, as a verb phrase: "open the control socket"
  int error = 0;     // errno, or 0 where the kernel had no part in it

  // "open the control socket: Permission denied"
  [[nodiscard]] std::string text() const {
    return error == 0 ? step : step + ": " + std::strerror(error);
  }
};

// Called by boost::system::result when value() is taken of a failure; never happens in correct
// code.
[[noreturn]] inline void throw_exception_from_error(const Failure& failure,
                                                    const boost::source_location& /*where*/) {
  throw std::runtime_error(failure.text());
}

template <typename T>
using Result = boost::system::result<T, Failure>;

inline Failure os_failure(std::string step) {
  return Failure{std::move(step), errno};
}
inline Failure failure(std::string step) {
  return Failure{std::move(step), 0};
}

}  // namespace executor
