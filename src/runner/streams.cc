#define PY_SSIZE_T_CLEAN
#include "runner/streams.h"

#include <Python.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/fd.h"
#include "runner/object.h"

namespace executor {
namespace {

constexpr const char* kEncoding = "utf-8";
// A longer text is printed piece by piece: the pipe would not take it in one write.
constexpr Py_ssize_t kLongestJoined = 64 << 10;

// Types, methods and streams that a script cannot replace.
struct Kept {
  PyObject* file_type = nullptr;
  PyObject* reader_type = nullptr;
  PyObject* writer_type = nullptr;  // ours
  PyObject* text_type = nullptr;
  PyObject* write = nullptr;  // BufferedWriter's
  PyObject* flush = nullptr;
  PyObject* flush_text = nullptr;  // TextIOWrapper's
  PyObject* print = nullptr;       // builtins.print
  std::array<PyObject*, 3> streams{};
};
Kept kept;

// --- A buffered writer that keeps nothing back ---------------------------------------------------

PyObject* write_and_flush(PyObject* self, PyObject* data) {
  Object written(PyObject_CallFunctionObjArgs(kept.write, self, data, nullptr));
  if (!written) return nullptr;
  const Object flushed(PyObject_CallOneArg(kept.flush, self));
  return flushed ? written.release() : nullptr;
}

std::array<PyMethodDef, 2> writer_methods = {
    {{"write", write_and_flush, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}}};
std::array<PyType_Slot, 2> writer_slots = {{{Py_tp_methods, writer_methods.data()}, {0, nullptr}}};
PyType_Spec writer_spec = {"_io.BufferedWriter", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                           writer_slots.data()};

bool find_types() {
  const Object io(PyImport_ImportModule("_io"));
  if (!io) return false;
  kept.file_type = PyObject_GetAttrString(io.get(), "FileIO");
  kept.reader_type = PyObject_GetAttrString(io.get(), "BufferedReader");
  kept.text_type = PyObject_GetAttrString(io.get(), "TextIOWrapper");
  const Object base(PyObject_GetAttrString(io.get(), "BufferedWriter"));
  if (!base || kept.text_type == nullptr) return false;
  kept.write = PyObject_GetAttrString(base.get(), "write");
  kept.flush = PyObject_GetAttrString(base.get(), "flush");
  kept.flush_text = PyObject_GetAttrString(kept.text_type, "flush");
  kept.writer_type = PyType_FromSpecWithBases(&writer_spec, base.get());
  return kept.writer_type != nullptr && kept.write != nullptr && kept.flush != nullptr &&
         kept.flush_text != nullptr;
}

// --- print() -------------------------------------------------------------------------------------

// What print() was called with, as far as it matters here. All borrowed.
struct Printed {
  PyObject* file = nullptr;
  PyObject* separator = nullptr;  // null: a blank
  PyObject* end = nullptr;        // null: a new line
  bool flush = false;
};

bool is_text(PyObject* value) {
  return value == nullptr || PyUnicode_CheckExact(value);
}

// False when print() has no such argument, or it is an odd one.
bool take_option(PyObject* name, PyObject* value, Printed& printed) {
  if (PyUnicode_CompareWithASCIIString(name, "flush") == 0) {
    printed.flush = value == Py_True;
    return PyBool_Check(value);
  }
  for (const auto& [option, place] :
       {std::pair("file", &printed.file), std::pair("sep", &printed.separator),
        std::pair("end", &printed.end)}) {
    if (PyUnicode_CompareWithASCIIString(name, option) != 0) continue;
    *place = value == Py_None ? nullptr : value;
    return true;
  }
  return false;
}

// False when the call is one for Python's own print(): to another file, with odd arguments.
bool understand(PyObject* const* values, PyObject* names, Printed& printed) {
  const Py_ssize_t count = names != nullptr ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!take_option(PyTuple_GET_ITEM(names, i), values[i], printed)) return false;
  }
  if (printed.file == nullptr) printed.file = PySys_GetObject("stdout");
  const bool own = printed.file != nullptr &&
                   (printed.file == kept.streams[1] || printed.file == kept.streams[2]);
  return own && is_text(printed.separator) && is_text(printed.end);
}

// The pieces joined, followed by the end. At a piece that cannot be shown the text stops, with the
// exception left set and `complete` false: the text so far is printed.
Object joined(PyObject* const* values, Py_ssize_t count, const Printed& printed, bool& complete) {
  const Object separator(printed.separator != nullptr ? Py_NewRef(printed.separator)
                                                      : PyUnicode_FromString(" "));
  Object text(PyUnicode_FromString(""));
  for (Py_ssize_t i = 0; i < count && separator && text; ++i) {
    if (i > 0) text.reset(PyUnicode_Concat(text.get(), separator.get()));
    const Object piece(PyObject_Str(values[i]));
    if (!piece) {
      complete = false;
      return text;
    }
    if (text) text.reset(PyUnicode_Concat(text.get(), piece.get()));
  }
  const Object end(printed.end != nullptr ? Py_NewRef(printed.end) : PyUnicode_FromString("\n"));
  return end && text ? Object(PyUnicode_Concat(text.get(), end.get())) : nullptr;
}

PyObject* write_joined(PyObject* const* values, Py_ssize_t count, const Printed& printed) {
  bool complete = true;
  const Object text = joined(values, count, printed, complete);
  if (!text) return nullptr;
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  const Object written(PyObject_CallMethod(printed.file, "write", "O", text.get()));
  if (!complete) {
    PyErr_Restore(type, value, trace);
    return nullptr;
  }
  if (written && printed.flush) {
    const Object flushed(PyObject_CallMethod(printed.file, "flush", nullptr));
    if (!flushed) return nullptr;
  }
  return written ? Py_NewRef(Py_None) : nullptr;
}

PyObject* print(PyObject* /*builtins*/, PyObject* const* values, Py_ssize_t count,
                PyObject* names) {
  Printed printed;
  bool here = understand(values + count, names, printed);
  for (Py_ssize_t i = 0; i < count; ++i) {
    here =
        here && !(PyUnicode_Check(values[i]) && PyUnicode_GET_LENGTH(values[i]) > kLongestJoined);
  }
  if (here) return write_joined(values, count, printed);
  return PyObject_Vectorcall(kept.print, values, static_cast<std::size_t>(count), names);
}

// With the name, the signature and the words that Python's own has.
bool replace_print() {
  static PyMethodDef definition;
  const Object builtins(PyImport_ImportModule("builtins"));
  kept.print = builtins ? PyObject_GetAttrString(builtins.get(), "print") : nullptr;
  if (kept.print == nullptr || !PyCFunction_Check(kept.print)) return false;
  definition = *reinterpret_cast<PyCFunctionObject*>(kept.print)->m_ml;
  definition.ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(print));
  definition.ml_flags = METH_FASTCALL | METH_KEYWORDS;
  const Object module(PyUnicode_FromString("builtins"));
  const Object ours(PyCFunction_NewEx(&definition, builtins.get(), module.get()));
  return ours && PyObject_SetAttrString(builtins.get(), "print", ours.get()) == 0;
}

// --- The streams ---------------------------------------------------------------------------------

struct Stream {
  int descriptor;
  const char* mode;
  const char* name;
  const char* attribute;
  const char* original;
  const char* errors;  // as Python's are in the locale C.UTF-8
};
constexpr std::array<Stream, 3> kStreams = {{
    {0, "r", "<stdin>", "stdin", "__stdin__", "surrogateescape"},
    {1, "w", "<stdout>", "stdout", "__stdout__", "surrogateescape"},
    {2, "w", "<stderr>", "stderr", "__stderr__", "backslashreplace"},
}};

Object make_stream(const Stream& stream) {
  const bool writes = stream.descriptor != 0;
  const Object raw(
      PyObject_CallFunction(kept.file_type, "isO", stream.descriptor, stream.mode, Py_False));
  const Object name(PyUnicode_FromString(stream.name));
  if (!raw || !name || PyObject_SetAttrString(raw.get(), "name", name.get()) != 0) return nullptr;
  const Object buffer(PyObject_CallOneArg(writes ? kept.writer_type : kept.reader_type, raw.get()));
  if (!buffer) return nullptr;
  Object text(PyObject_CallFunction(
      kept.text_type, "OsssOO", buffer.get(), kEncoding, stream.errors, "\n",
      stream.descriptor == 2 ? Py_True : Py_False, writes ? Py_True : Py_False));
  const Object mode(PyUnicode_FromString(stream.mode));
  if (!text || !mode || PyObject_SetAttrString(text.get(), "mode", mode.get()) != 0) return nullptr;
  return text;
}

bool open_stream(const Stream& stream) {
  Object text = make_stream(stream);
  if (!text || PySys_SetObject(stream.attribute, text.get()) != 0 ||
      PySys_SetObject(stream.original, text.get()) != 0) {
    return false;
  }
  kept.streams.at(static_cast<std::size_t>(stream.descriptor)) = text.release();
  return true;
}

// Descriptors 0 to 2 of the kinds that they have in workers, while the object lives: /dev/null and
// pipes. Python asks once whether a stream can seek, for instance, and keeps the answer.
class DescriptorsOfWorkers {
 public:
  DescriptorsOfWorkers() {
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    int pipe[2] = {-1, -1};
    const bool piped = ::pipe2(pipe, O_CLOEXEC) == 0;
    const UniqueFd out(pipe[0]), in(pipe[1]);
    const std::array sources = {null.get(), in.get(), in.get()};
    whole_ = null && piped;
    for (std::size_t i = 0; i < own_.size() && whole_; ++i) {
      const int number = static_cast<int>(i);
      own_[i].reset(::fcntl(number, F_DUPFD_CLOEXEC, static_cast<int>(own_.size())));
      whole_ = own_[i] && ::dup2(sources[i], number) == number;
    }
  }
  DescriptorsOfWorkers(const DescriptorsOfWorkers&) = delete;
  DescriptorsOfWorkers& operator=(const DescriptorsOfWorkers&) = delete;
  ~DescriptorsOfWorkers() {
    for (std::size_t i = 0; i < own_.size(); ++i) {
      if (own_[i]) ::dup2(own_[i].get(), static_cast<int>(i));
    }
  }
  explicit operator bool() const { return whole_; }

 private:
  std::array<UniqueFd, 3> own_;
  bool whole_ = false;
};

}  // namespace

bool open_standard_streams() {
  const DescriptorsOfWorkers descriptors;
  if (!descriptors || !find_types() || !replace_print()) return false;
  return std::all_of(kStreams.begin(), kStreams.end(), open_stream);
}

void flush_standard_streams() {
  for (const std::size_t descriptor : {1, 2}) {
    const Object flushed(PyObject_CallOneArg(kept.flush_text, kept.streams.at(descriptor)));
    PyErr_Clear();
  }
}

}  // namespace executor
