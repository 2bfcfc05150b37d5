#define PY_SSIZE_T_CLEAN
#include "runner/script.h"

#include <signal.h>

#include <initializer_list>

namespace executor {
namespace {

// Python's original ones, from before any script.
PyObject* default_hook = nullptr;
PyObject* threading = nullptr;
PyObject* join_threads = nullptr;
PyObject* run_exit_functions = nullptr;

// The limit of a fresh interpreter.
constexpr int kRecursionLimit = 1000;
// The signals for which a script's handler could interrupt the harness after the script.
constexpr std::initializer_list<int> kLateSignals = {SIGALRM, SIGCHLD, SIGHUP,  SIGINT,  SIGIO,
                                                     SIGPROF, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM};

// Takes the pending exception with its traceback, and clears it. Null when none is pending.
Object take_exception() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  if (type == nullptr) return nullptr;
  PyErr_NormalizeException(&type, &value, &trace);
  const Object owned_type(type), owned_trace(trace);
  if (trace != nullptr && value != nullptr) PyException_SetTraceback(value, trace);
  return Object(value);
}

bool is_awaitable(PyObject* value) {
  const PyAsyncMethods* methods = Py_TYPE(value)->tp_as_async;
  return methods != nullptr && methods->am_await != nullptr;
}

Object await(PyObject* value, PyObject* wrap) {
  const Object asyncio(PyImport_ImportModule("asyncio"));
  if (!asyncio) return nullptr;
  const Object coroutine(PyCoro_CheckExact(value) ? Py_NewRef(value)
                                                  : PyObject_CallOneArg(wrap, value));
  return coroutine ? Object(PyObject_CallMethod(asyncio.get(), "run", "O", coroutine.get()))
                   : nullptr;
}

// main() with what its parameters ask for.
Object call_fitted(PyObject* main, const Runnable& runnable) {
  const Object made(PyObject_CallFunctionObjArgs(runnable.fitted, main, runnable.named, nullptr));
  PyObject *arguments = nullptr, *named = nullptr;
  if (!made || PyArg_ParseTuple(made.get(), "OO", &arguments, &named) == 0) return nullptr;
  return Object(PyObject_Call(main, arguments, named));
}

Object call(PyObject* main, const Runnable& runnable) {
  if (runnable.fitted != Py_None) return call_fitted(main, runnable);
  PyObject* named = runnable.named == Py_None ? nullptr : runnable.named;
  return Object(PyObject_Call(main, runnable.arguments, named));
}

Object call_main(const Runnable& runnable, PyObject* wrap, ScriptEnding& ending) {
  const Object main(Py_XNewRef(PyDict_GetItemString(runnable.names, "main")));
  ending.has_main = main && PyCallable_Check(main.get()) != 0;
  if (!ending.has_main) return nullptr;
  Object value = call(main.get(), runnable);
  if (!value || !is_awaitable(value.get())) return value;
  ending.awaited = true;
  return await(value.get(), wrap);
}

// As Python handles an uncaught exception, but without printing it where the script has no hook of
// its own.
void call_hook(ScriptEnding& ending) {
  PyObject* error = ending.error.get();
  if (PyErr_GivenExceptionMatches(error, PyExc_SystemExit) != 0) return;
  const Object hook(Py_XNewRef(PySys_GetObject("excepthook")));
  if (!hook || hook.get() == default_hook) return;
  const Object trace(PyException_GetTraceback(error));
  auto* type = reinterpret_cast<PyObject*>(Py_TYPE(error));
  PyObject* shown = trace ? trace.get() : Py_None;
  PySys_SetObject("last_type", type);
  PySys_SetObject("last_value", error);
  PySys_SetObject("last_traceback", shown);
  const Object done(PyObject_CallFunctionObjArgs(hook.get(), type, error, shown, nullptr));
  ending.hooked = true;
  ending.hook_error = take_exception();
}

// A signal handler that raises has then run: the next attempt succeeds.
void calm_down(sigset_t* blocked) {
  PyEval_SetTrace(nullptr, nullptr);
  PyEval_SetProfile(nullptr, nullptr);
  sigset_t late;
  ::sigemptyset(&late);
  for (const int signal : kLateSignals) ::sigaddset(&late, signal);
  ::pthread_sigmask(SIG_BLOCK, &late, blocked);
  constexpr int kAttempts = 9;
  for (int i = 0; i < kAttempts && PyErr_CheckSignals() != 0; ++i) PyErr_Clear();
  PyErr_Clear();
  Py_SetRecursionLimit(kRecursionLimit);
}

// As Python's compiler of interactive input has it: None is not shown.
Object shown(const Object& value) {
  return value && value.get() != Py_None ? Object(PyObject_Repr(value.get())) : nullptr;
}

PyObject* member_of(PyObject* module, const char* name) {
  return module != nullptr ? PyObject_GetAttrString(module, name) : nullptr;
}

}  // namespace

bool prepare_for_scripts() {
  default_hook = Py_XNewRef(PySys_GetObject("__excepthook__"));
  threading = PyImport_ImportModule("threading");
  join_threads = member_of(threading, "_shutdown");
  const Object exits(PyImport_ImportModule("atexit"));
  run_exit_functions = member_of(exits.get(), "_run_exitfuncs");
  return default_hook != nullptr && join_threads != nullptr && run_exit_functions != nullptr;
}

ScriptEnding run_script(const Runnable& runnable, PyObject* wrap) {
  ScriptEnding ending;
  Object ran(Py_NewRef(Py_None));
  if (runnable.preamble != Py_None) {
    ran.reset(PyEval_EvalCode(runnable.preamble, runnable.names, runnable.names));
  }
  if (ran) ran.reset(PyEval_EvalCode(runnable.code, runnable.names, runnable.names));
  if (ran && runnable.last != Py_None) {
    ending.value = shown(Object(PyEval_EvalCode(runnable.last, runnable.names, runnable.names)));
  } else if (ran && runnable.arguments != Py_None) {
    ending.value = call_main(runnable, wrap, ending);
  }
  ending.error = take_exception();
  if (ending.error) call_hook(ending);
  calm_down(&ending.blocked);
  return ending;
}

void shut_down(const ScriptEnding& ending) {
  ::pthread_sigmask(SIG_SETMASK, &ending.blocked, nullptr);
  const Object joined(PyObject_CallNoArgs(join_threads));
  if (!joined) PyErr_WriteUnraisable(threading);
  const Object ran(PyObject_CallNoArgs(run_exit_functions));
  PyErr_Clear();
  calm_down(nullptr);
}

}  // namespace executor
