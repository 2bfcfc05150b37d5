// An empty directory of the test's own, with a descriptor of it.
#pragma once

#include <fcntl.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/fd.h"
#include "support/boost_test.h"

namespace executor::test {

// Removed, with all that is in it, together with the object.
struct PlainDirectory {
  PlainDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "plain.XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    fd.reset(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    BOOST_REQUIRE(fd);
  }
  PlainDirectory(const PlainDirectory&) = delete;
  PlainDirectory& operator=(const PlainDirectory&) = delete;
  ~PlainDirectory() { std::filesystem::remove_all(path); }

  std::filesystem::path path;
  UniqueFd fd;
};

}  // namespace executor::test
