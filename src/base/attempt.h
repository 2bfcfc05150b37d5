// What throws, made a value: for threads and timers of our own, which have no caller to catch it.
#pragma once

#include <exception>
#include <type_traits>

#include "base/result.h"

namespace executor {

// What `function`, which returns a Result, returns; what it throws (no memory, no thread, no
// descriptor) is a Failure with the exception's text.
template <typename Function>
std::invoke_result_t<Function> attempt(Function&& function) {
  try {
    return function();
  } catch (const std::exception& error) {
    return failure(error.what());
  }
}

}  // namespace executor
