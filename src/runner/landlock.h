// Landlock (landlock(7)): a process irrevocably restricts what it may open in the file system and
// which processes it may reach. Whether the kernel has it: base/landlock_abi.h.
//
// Used where workers have no root of their own. A kernel without Landlock is not a failure: the
// attestation reports whether it was there. A kernel that has it and fails in a step is a failure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

// What this kernel offers, and descriptors of what every worker may read.
class Landlock {
 public:
  // Opens the paths, for reading and executing, and the devices, for reading and writing. Absent
  // ones are left out.
  static Result<Landlock> prepare(const std::vector<std::string>& readable,
                                  const std::vector<std::string>& devices);

  [[nodiscard]] bool present() const { return abi_ > 0; }
  // Whether abstract unix sockets and signals stay inside.
  [[nodiscard]] bool scopes() const;

  // Confines the calling process and all that it starts to what was prepared, and `writable`, a
  // directory. Requires no_new_privs. Does nothing where there is no Landlock.
  [[nodiscard]] Result<void> enforce(const std::string& writable) const;

 private:
  struct Place {
    UniqueFd path;  // O_PATH
    bool is_device = false;
    bool is_directory = false;
  };

  int abi_ = 0;
  std::vector<Place> places_;
};

}  // namespace executor
