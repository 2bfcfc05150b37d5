#include "support/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace executor::test {

std::string printed_outside(const std::string& program) {
  std::string directory = (std::filesystem::temp_directory_path() / "outside-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) throw std::runtime_error("cannot make a directory");
  std::ofstream(directory + "/script.py") << program;
  const std::string command = "cd " + directory + " && env -i PATH=/usr/bin:/bin LANG=C.UTF-8 " +
                              "/usr/bin/python3 script.py </dev/null 2>&1 | cat";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string text;
  std::array<char, 4096> part{};
  for (std::size_t size = 0; (size = ::fread(part.data(), 1, part.size(), pipe.get())) > 0;) {
    text.append(part.data(), size);
  }
  std::filesystem::remove_all(directory);
  return text;
}

}  // namespace executor::test
