#define PY_SSIZE_T_CLEAN
#include "runner/interpreter.h"

#include <Python.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#include <array>
#include <string_view>

#include "harness/embedded.h"
#include "runner/harness_values.h"
#include "runner/heap.h"
#include "runner/libffi.h"
#include "runner/object.h"
#include "runner/script.h"
#include "runner/streams.h"

namespace executor {
namespace {

// What the harness offers, bound once: a script may replace every name that it can find.
struct Harness {
  PyObject* without_shared_directories = nullptr;
  PyObject* preload = nullptr;
  PyObject* fresh_process = nullptr;
  PyObject* move_home = nullptr;
  PyObject* begin_rehearsal = nullptr;
  PyObject* end_rehearsal = nullptr;
  PyObject* begin = nullptr;
  PyObject* end = nullptr;
  PyObject* leave = nullptr;
  PyObject* awaited = nullptr;
};
Harness harness;

// The pending Python exception as one line, cleared.
std::string take_python_error() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  const Object owned_type(type), owned_value(value), owned_trace(trace);
  const Object text(value != nullptr ? PyObject_Str(value) : nullptr);
  const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  PyErr_Clear();
  return utf8 != nullptr ? utf8 : "unknown error";
}

Failure python_failure(const std::string& step) {
  return failure(step + ": " + take_python_error());
}

Result<void> checked(PyStatus status, const char* step) {
  if (PyStatus_Exception(status) == 0) return {};
  return failure(std::string(step) + ": " +
                 (status.err_msg != nullptr ? status.err_msg : "unknown error"));
}

Result<void> set_python_options(PyConfig& config, const Setup& setup) {
  config.install_signal_handlers = 1;
  config.isolated = 0;         // as children of multiprocessing would be, too
  config.use_environment = 1;  // ours: nothing in it is Python's
  config.safe_path = 0;
  config.site_import = 1;  // exit, quit, help and .pth files
  config.write_bytecode = 0;
  config.pathconfig_warnings = 0;
  for (const auto& [option, value] : {std::pair(&config.program_name, setup.python.c_str()),
                                      std::pair(&config.executable, setup.python.c_str()),
                                      std::pair(&config.stdio_encoding, "utf-8"),
                                      std::pair(&config.stdio_errors, "surrogateescape")}) {
    if (auto set = checked(PyConfig_SetBytesString(&config, option, value), "configure Python");
        !set) {
      return set;
    }
  }
  return {};
}

Result<void> start_python(const Setup& setup) {
  PyPreConfig before;
  PyPreConfig_InitIsolatedConfig(&before);
  before.configure_locale = 1;
  before.utf8_mode = 0;
  if (auto done = checked(Py_PreInitialize(&before), "start Python"); !done) return done;
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  auto done = set_python_options(config, setup);
  if (done) done = checked(Py_InitializeFromConfig(&config), "start Python");
  PyConfig_Clear(&config);
  return done;
}

// A part of the harness, and the name by which the other parts import it.
struct Part {
  const char* name;
  std::string_view source;
};

// Runs a part as a module and returns its namespace, borrowed from the module, which lives as long
// as the process.
Result<PyObject*> load_part(const Part& part) {
  const Object code(Py_CompileString(std::string(part.source).c_str(), part.name, Py_file_input));
  if (!code) return python_failure(std::string("compile ") + part.name);
  PyObject* module = PyImport_AddModule(part.name);
  Py_XINCREF(module);
  PyObject* names = module != nullptr ? PyModule_GetDict(module) : nullptr;
  if (names == nullptr || PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) != 0) {
    return python_failure(std::string("make the module ") + part.name);
  }
  const Object ran(PyEval_EvalCode(code.get(), names, names));
  if (!ran) return python_failure(std::string("run ") + part.name);
  return names;
}

Result<PyObject*> take_function(PyObject* names, const char* name) {
  PyObject* function = PyDict_GetItemString(names, name);
  if (function == nullptr) return failure(std::string("the harness has no ") + name);
  Py_INCREF(function);
  return function;
}

Result<void> load_harness() {
  // In the order in which they import each other; scripts find none of them afterwards.
  const std::array parts = {Part{"_executor_result", embedded_harness_result()},
                            Part{"_executor_suggestions", embedded_harness_suggestions()},
                            Part{"_executor_report", embedded_harness_report()},
                            Part{"_executor_calls", embedded_harness_calls()},
                            Part{"_executor_network", embedded_harness_network()},
                            Part{"_executor_paths", embedded_harness_paths()},
                            Part{"_executor_values", embedded_harness_values()},
                            Part{"_executor_hints", embedded_harness_hints()},
                            Part{"_executor_syntax", embedded_harness_syntax()},
                            Part{"_executor_script", embedded_harness_script()},
                            Part{"_executor_evidence", embedded_harness_evidence()},
                            Part{"_executor_images", embedded_harness_images()},
                            Part{"_executor_children", embedded_harness_children()},
                            Part{"_executor_random", embedded_harness_random()},
                            Part{"_executor_hooks", embedded_harness_hooks()},
                            Part{"_executor_files", embedded_harness_files()},
                            Part{"_executor_exit", embedded_harness_exit()},
                            Part{"_executor_fresh", embedded_harness_fresh()},
                            Part{"_executor_shadowed", embedded_harness_shadowed()},
                            Part{"_executor_harness", embedded_harness()}};
  PyObject* names = nullptr;
  for (const Part& part : parts) {
    const auto loaded = load_part(part);
    if (!loaded) return loaded.error();
    names = *loaded;
  }
  for (const Part& part : parts) PyDict_DelItemString(PyImport_GetModuleDict(), part.name);
  for (const auto& [function, name] :
       {std::pair(&harness.without_shared_directories, "without_shared_directories"),
        std::pair(&harness.preload, "preload"), std::pair(&harness.fresh_process, "fresh_process"),
        std::pair(&harness.move_home, "move_home"),
        std::pair(&harness.begin_rehearsal, "begin_rehearsal"),
        std::pair(&harness.end_rehearsal, "end_rehearsal"), std::pair(&harness.begin, "begin"),
        std::pair(&harness.end, "end"), std::pair(&harness.leave, "leave"),
        std::pair(&harness.awaited, "awaited")}) {
    const auto found = take_function(names, name);
    if (!found) return found.error();
    *function = *found;
  }
  return {};
}

PyObject* or_none(const Object& object) {
  return object ? object.get() : Py_None;
}

PyObject* truth(bool value) {
  return value ? Py_True : Py_False;
}

// What end() has returned: the claim's fields, and whether to shut down.
struct Ended {
  PyObject* fields = nullptr;
  int shuts_down = 0;
};

Ended read_ended(PyObject* ended) {
  Ended read;
  if (ended == nullptr || !PyTuple_Check(ended)) return read;
  if (PyArg_ParseTuple(ended, "Op", &read.fields, &read.shuts_down) == 0) return {};
  return read;
}

// Runs what begin() has returned, and returns what end() reports. Null with Python's exception
// set when the harness itself failed.
Object run_and_end(PyObject* begun) {
  ScriptEnding ending;
  Runnable runnable;
  if (begun != nullptr && PyTuple_Check(begun) &&
      PyArg_ParseTuple(begun, "OOOOOOO", &runnable.code, &runnable.names, &runnable.arguments,
                       &runnable.named, &runnable.last, &runnable.preamble,
                       &runnable.fitted) != 0) {
    ending = run_script(runnable, harness.awaited);
  }
  PyErr_Clear();
  const Object ended(PyObject_CallFunctionObjArgs(
      harness.end, or_none(ending.error), or_none(ending.value), truth(ending.has_main),
      truth(ending.awaited), truth(ending.hooked), or_none(ending.hook_error), nullptr));
  const Ended read = read_ended(ended.get());
  PyErr_Clear();
  if (read.shuts_down != 0) shut_down(ending);
  const Object left(PyObject_CallNoArgs(harness.leave));
  return Object(Py_XNewRef(read.fields));
}

// Runs a script through the path that a job takes, and undoes its effects. Leaves no exception.
void rehearse(PyObject* source) {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  {
    const Object runnable(PyObject_CallOneArg(harness.begin_rehearsal, source));
    const Object answer = run_and_end(runnable.get());
  }
  PyErr_Clear();
  const Object done(PyObject_CallNoArgs(harness.end_rehearsal));
  PyErr_Clear();
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

Result<void> preload(const Setup& setup) {
  const Object path = as_list(setup.path);
  PyObject* sys_path = PySys_GetObject("path");
  if (!path || sys_path == nullptr || PyList_SetSlice(sys_path, 0, 0, path.get()) != 0) {
    return python_failure("set the module search path");
  }
  if (traits_of(setup.tier).launcher) {  // then this process is root
    const Object closed(PyObject_CallNoArgs(harness.without_shared_directories));
    if (!closed) return python_failure("do without shared directories");
  }
  const Object names = as_list(setup.preload);
  const Object scripts(PyObject_CallOneArg(harness.preload, names.get()));
  if (!scripts || !PyList_Check(scripts.get())) return python_failure("preload");
  if (!prepare_for_scripts()) return python_failure("prepare for scripts");
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(scripts.get()); ++i) {
    rehearse(PyList_GET_ITEM(scripts.get(), i));
  }
  return {};
}

// Moves everything that is alive out of the collector's sight: a worker's first collection would
// otherwise write to, and so copy, every page of the heap.
Result<void> freeze_heap() {
  const Object gc(PyImport_ImportModule("gc"));
  const Object collected(gc ? PyObject_CallMethod(gc.get(), "collect", nullptr) : nullptr);
  const Object frozen(collected ? PyObject_CallMethod(gc.get(), "freeze", nullptr) : nullptr);
  if (!frozen) return python_failure("freeze the heap");
  return {};
}

}  // namespace

Result<Interpreter> Interpreter::start(const Setup& setup) {
  // Arenas of their own for threads would count 64 MB each against the address space.
  ::mallopt(M_ARENA_MAX, 2);
  // Without fast bins there is no consolidation of them, which walks over, and so copies, cold
  // pages.
  ::mallopt(M_MXFAST, 0);
  if (auto done = keep_libffi_from_files(); !done) return done.error();
  if (auto done = start_python(setup); !done) return done.error();
  if (!open_standard_streams()) return python_failure("open the standard streams");
  if (auto done = load_harness(); !done) return done.error();
  if (auto done = preload(setup); !done) return done.error();
  Interpreter interpreter;
  constexpr int kWarmUps = 3;  // from the third on nothing new is allocated
  for (int i = 0; i < kWarmUps; ++i) {
    interpreter.warm_up();
    // Never where the zygote is root: the script is the responder's, and runs in workers only.
    if (!setup.warm_up.empty() && !traits_of(setup.tier).launcher) {
      interpreter.warm_up(setup.warm_up);
    }
  }
  if (auto done = freeze_heap(); !done) return done.error();
  use_up_free_blocks();
  return interpreter;
}

void Interpreter::fresh_process() {
  const Object done(PyObject_CallNoArgs(harness.fresh_process));
  PyErr_Clear();
}

void Interpreter::move_home(const std::string& home, const std::string& temporary,
                            const std::string& library) {
  const Object done(PyObject_CallFunction(harness.move_home, "sss", home.c_str(), temporary.c_str(),
                                          library.c_str()));
  PyErr_Clear();
}

void Interpreter::warm_up(const std::string& source) {
  const Object text(
      PyBytes_FromStringAndSize(source.data(), static_cast<Py_ssize_t>(source.size())));
  rehearse(text.get());
}

Claim Interpreter::execute(const Job& job, std::uint64_t max_result) {
  const Object keywords = keywords_of(job);
  const Object limit(PyLong_FromUnsignedLongLong(max_result));
  const bool made =
      keywords && limit && PyDict_SetItemString(keywords.get(), "max_result", limit.get()) == 0;
  const Object none(PyTuple_New(0));
  const Object runnable(made ? PyObject_Call(harness.begin, none.get(), keywords.get()) : nullptr);
  const Object answer = run_and_end(runnable.get());
  PyErr_Clear();
  Claim claim = read_claim(answer.get());
  PyErr_Clear();
  flush_standard_streams();
  ::fflush(nullptr);  // what C libraries have buffered
  return claim;
}

std::string Interpreter::version() {
  const std::string_view text = Py_GetVersion();
  return std::string(text.substr(0, text.find(' ')));
}

}  // namespace executor
