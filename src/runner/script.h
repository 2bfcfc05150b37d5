// The script itself: evaluated, and its main() called, with no Python frame of ours below its own.
// For the files that include Python.h.
#pragma once

#include <Python.h>
#include <signal.h>

#include "runner/object.h"

namespace executor {

// How a script ended. Null is Python's None.
struct ScriptEnding {
  Object error;       // the exception that it raised
  Object value;       // what main() returned, or the repr() of the last expression's value
  Object hook_error;  // what its sys.excepthook raised in turn
  bool has_main = true;
  bool awaited = false;  // main() was a coroutine function
  bool hooked = false;   // the script's own sys.excepthook was called with the error
  sigset_t blocked{};    // the signals that the script had blocked
};

// Remembers what scripts may replace. Call once, in the zygote. False with Python's exception set.
bool prepare_for_scripts();

// What the harness's begin() returned; borrowed references.
struct Runnable {
  PyObject* code = nullptr;
  PyObject* names = nullptr;      // its namespace
  PyObject* arguments = nullptr;  // of main(), positional: a tuple; None: a program, which has none
  PyObject* named = nullptr;      // of main(), by name: a dictionary, or None
  PyObject* last = nullptr;       // an expression whose value is wanted, or None
  PyObject* preamble = nullptr;   // code that runs before, or None
  PyObject* fitted = nullptr;     // makes the arguments of main() and what is named, or None
};

// Runs the preamble, the code, and then the last expression, or main(). `wrap` makes a coroutine of
// any other awaitable. Afterwards the script's trace function, signal handlers and recursion limit
// are no longer in effect. Leaves no exception.
ScriptEnding run_script(const Runnable& runnable, PyObject* wrap);

// What Python does at exit: joins the script's threads and runs its exit functions, while its
// signal handlers are in effect. Leaves no exception.
void shut_down(const ScriptEnding& ending);

}  // namespace executor
