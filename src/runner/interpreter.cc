#define PY_SSIZE_T_CLEAN
#include "runner/interpreter.h"

#include <Python.h>
#include <malloc.h>
#include <stdio.h>

#include <array>
#include <memory>
#include <string_view>

#include "runner/embedded.h"

namespace executor {
namespace {

struct Release {
  void operator()(PyObject* object) const { Py_XDECREF(object); }
};
using Object = std::unique_ptr<PyObject, Release>;

// What the harness offers, bound once: a script may replace every name that it can find.
struct Harness {
  PyObject* forget_named_semaphores = nullptr;
  PyObject* preload = nullptr;
  PyObject* fresh_process = nullptr;
  PyObject* move_home = nullptr;
  PyObject* warm_up = nullptr;
  PyObject* execute = nullptr;
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
  config.buffered_stdio = 0;  // what was printed is out, whatever ends the script
  config.install_signal_handlers = 1;
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
                            Part{"_executor_report", embedded_harness_report()},
                            Part{"_executor_script", embedded_harness_script()},
                            Part{"_executor_images", embedded_harness_images()},
                            Part{"_executor_random", embedded_harness_random()},
                            Part{"_executor_harness", embedded_harness()}};
  PyObject* names = nullptr;
  for (const Part& part : parts) {
    const auto loaded = load_part(part);
    if (!loaded) return loaded.error();
    names = *loaded;
  }
  for (const Part& part : parts) PyDict_DelItemString(PyImport_GetModuleDict(), part.name);
  for (const auto& [function, name] :
       {std::pair(&harness.forget_named_semaphores, "forget_named_semaphores"),
        std::pair(&harness.preload, "preload"), std::pair(&harness.fresh_process, "fresh_process"),
        std::pair(&harness.move_home, "move_home"), std::pair(&harness.warm_up, "warm_up"),
        std::pair(&harness.execute, "execute")}) {
    const auto found = take_function(names, name);
    if (!found) return found.error();
    *function = *found;
  }
  return {};
}

Object as_list(const std::vector<std::string>& texts) {
  Object list(PyList_New(0));
  for (const std::string& text : texts) {
    const Object item(
        PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
    if (!list || !item || PyList_Append(list.get(), item.get()) != 0) return nullptr;
  }
  return list;
}

Result<void> preload(const Setup& setup) {
  const Object path = as_list(setup.path);
  PyObject* sys_path = PySys_GetObject("path");
  if (!path || sys_path == nullptr || PyList_SetSlice(sys_path, 0, 0, path.get()) != 0) {
    return python_failure("set the module search path");
  }
  if (setup.tier == Tier::kUid) {
    const Object forgotten(PyObject_CallNoArgs(harness.forget_named_semaphores));
    if (!forgotten) return python_failure("do without named semaphores");
  }
  const Object names = as_list(setup.preload);
  const Object done(PyObject_CallOneArg(harness.preload, names.get()));
  if (!done) return python_failure("preload");
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

std::string bytes_of(PyObject* object) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(object, &data, &size) != 0) return {};
  return {data, static_cast<std::size_t>(size)};
}

// The harness's tuple (kind, status, text, detail, images). What is not one is a script's doing:
// the harness returns nothing else unless its objects were changed under it.
Claim read_claim(PyObject* answer) {
  Claim claim;
  claim.kind = ClaimKind::kException;
  claim.text = "SystemError: the script broke the interpreter";
  if (answer == nullptr || !PyTuple_Check(answer) || PyTuple_GET_SIZE(answer) != 5) return claim;
  const long kind = PyLong_AsLong(PyTuple_GET_ITEM(answer, 0));
  const long status = PyLong_AsLong(PyTuple_GET_ITEM(answer, 1));
  if (kind < 0 || kind > kLastClaimKind || PyErr_Occurred() != nullptr) return claim;
  return {static_cast<ClaimKind>(kind), static_cast<std::int32_t>(status),
          bytes_of(PyTuple_GET_ITEM(answer, 2)), bytes_of(PyTuple_GET_ITEM(answer, 3)),
          bytes_of(PyTuple_GET_ITEM(answer, 4))};
}

}  // namespace

Result<Interpreter> Interpreter::start(const Setup& setup) {
  // Arenas of their own for threads would count 64 MB each against the address space.
  ::mallopt(M_ARENA_MAX, 2);
  // Without fast bins there is no consolidation of them, which walks over, and so copies, cold
  // pages.
  ::mallopt(M_MXFAST, 0);
  if (auto done = start_python(setup); !done) return done.error();
  if (auto done = load_harness(); !done) return done.error();
  if (auto done = preload(setup); !done) return done.error();
  Interpreter interpreter;
  constexpr int kWarmUps = 3;  // from the third on nothing new is allocated
  for (int i = 0; i < kWarmUps; ++i) {
    interpreter.warm_up();
    // Never where the zygote is root: it is the responder's, and runs in workers only.
    if (!setup.warm_up.empty() && setup.tier != Tier::kUid) interpreter.warm_up(setup.warm_up);
  }
  if (auto done = freeze_heap(); !done) return done.error();
  return interpreter;
}

void Interpreter::fresh_process() {
  const Object done(PyObject_CallNoArgs(harness.fresh_process));
  PyErr_Clear();
}

void Interpreter::move_home(const std::string& home, const std::string& temporary) {
  const Object done(
      PyObject_CallFunction(harness.move_home, "ss", home.c_str(), temporary.c_str()));
  PyErr_Clear();
}

void Interpreter::warm_up(const std::string& source) {
  const Object text(
      PyBytes_FromStringAndSize(source.data(), static_cast<Py_ssize_t>(source.size())));
  const Object done(PyObject_CallOneArg(harness.warm_up, text.get()));
  PyErr_Clear();
}

Claim Interpreter::execute(std::uint8_t dialect, const std::string& source,
                           std::uint64_t max_result, bool images) {
  const Object arguments(Py_BuildValue(
      "(iy#Ki)", static_cast<int>(dialect), source.data(), static_cast<Py_ssize_t>(source.size()),
      static_cast<unsigned long long>(max_result), static_cast<int>(images)));
  const Object answer(arguments ? PyObject_CallObject(harness.execute, arguments.get()) : nullptr);
  Claim claim = read_claim(answer.get());
  ::fflush(nullptr);  // what C libraries have buffered
  return claim;
}

std::string Interpreter::version() {
  const std::string_view text = Py_GetVersion();
  return std::string(text.substr(0, text.find(' ')));
}

}  // namespace executor
