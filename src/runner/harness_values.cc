#define PY_SSIZE_T_CLEAN
#include "runner/harness_values.h"

#include <Python.h>

#include <utility>

namespace executor {
namespace {

std::string bytes_of(PyObject* object) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(object, &data, &size) != 0) return {};
  return {data, static_cast<std::size_t>(size)};
}

// The harness's list of (kind, name, bytes). Other items are left out.
std::vector<Attachment> read_attachments(PyObject* list) {
  std::vector<Attachment> attachments;
  if (!PyList_Check(list)) return attachments;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    PyObject* item = PyList_GET_ITEM(list, i);
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 3) continue;
    const long kind = PyLong_AsLong(PyTuple_GET_ITEM(item, 0));
    if (kind < 0 || kind > kLastAttachmentKind) continue;
    attachments.push_back({static_cast<AttachmentKind>(kind), bytes_of(PyTuple_GET_ITEM(item, 1)),
                           bytes_of(PyTuple_GET_ITEM(item, 2))});
  }
  return attachments;
}

// Visits the members of a job. What the harness has no use for is left out.
class KeywordMaker {
 public:
  void operator()(const char* name, Dialect dialect) {
    add(name, Object(PyLong_FromLong(static_cast<long>(dialect))));
  }
  void operator()(const char* name, bool flag) {
    if (flag) add(name, Object(PyBool_FromLong(1)));
  }
  void operator()(const char* name, const std::string& bytes) {
    if (bytes.empty()) return;
    add(name,
        Object(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()))));
  }
  void operator()(const char* name, const std::vector<std::string>& texts) {
    if (!texts.empty()) add(name, as_list(texts));
  }
  void operator()(const char* name, const std::vector<EnvironmentVariable>& variables) {
    if (variables.empty()) return;
    const Object pairs(PyDict_New());
    for (const auto& [variable, value] : variables) {
      const Object text(
          PyUnicode_FromStringAndSize(value.data(), static_cast<Py_ssize_t>(value.size())));
      const bool put =
          pairs && text && PyDict_SetItemString(pairs.get(), variable.c_str(), text.get()) == 0;
      if (!put) return keywords_.reset();
    }
    add(name, pairs);
  }
  // The worker has set the limits, and collects the files that are wanted.
  void operator()(const char* /*name*/, const LowerLimits& /*limits*/) {}
  void operator()(const char* /*name*/, const WantedFiles& /*files*/) {}
  void operator()(const char* name, const std::vector<InputFile>& files) {
    (*this)(name, !files.empty());
  }
  // Null when there was no memory.
  Object take() { return std::move(keywords_); }

 private:
  void add(const char* name, const Object& value) {
    const bool added =
        value && keywords_ && PyDict_SetItemString(keywords_.get(), name, value.get()) == 0;
    if (!added) keywords_.reset();
  }

  Object keywords_{PyDict_New()};
};

}  // namespace

Object as_list(const std::vector<std::string>& texts) {
  Object list(PyList_New(0));
  for (const std::string& text : texts) {
    const Object item(
        PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
    if (!list || !item || PyList_Append(list.get(), item.get()) != 0) return nullptr;
  }
  return list;
}

Object keywords_of(const Job& job) {
  KeywordMaker maker;
  visit(job, maker);
  return maker.take();
}

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
          read_attachments(PyTuple_GET_ITEM(answer, 4))};
}

}  // namespace executor
