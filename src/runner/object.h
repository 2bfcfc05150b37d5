// A reference to a Python object, released by the destructor. For the files that include Python.h,
// which they must do before this.
#pragma once

#include <Python.h>

#include <memory>

namespace executor {

struct Release {
  void operator()(PyObject* object) const { Py_XDECREF(object); }
};
using Object = std::unique_ptr<PyObject, Release>;

}  // namespace executor
