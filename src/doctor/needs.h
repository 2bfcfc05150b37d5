// What the lowest tier that the configuration allows is made of.
#pragma once

namespace executor {

struct Needs {
  bool jail = true;        // firejail
  bool namespaces = true;  // user namespaces, made by an unprivileged process
  bool landlock = false;
};

}  // namespace executor
