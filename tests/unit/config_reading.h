// What the tests of the configuration have in common: a command line, variables and a file to read.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "config/config.h"
#include "support/boost_test.h"

namespace executor::test {

inline Result<Command> read(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"/opt/bin/python-executor"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return read_config(static_cast<int>(argv.size()), argv.data());
}

inline Config config_of(const std::vector<std::string>& arguments) {
  auto command = read(arguments);
  BOOST_REQUIRE_MESSAGE(command.has_value(), (command ? "" : command.error().text()));
  BOOST_REQUIRE(!command->answer.has_value());
  return command->config;
}

inline std::string error_of(const std::vector<std::string>& arguments) {
  const auto command = read(arguments);
  return command ? "" : command.error().text();
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A variable of the environment for as long as the object lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_.c_str()); }

 private:
  std::string name_;
};

// A configuration file for as long as the object lives.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) {
    const char* directory = ::getenv("TMPDIR");
    path_ = std::string(directory != nullptr ? directory : "/tmp") + "/config.XXXXXX";
    ::close(::mkstemp(path_.data()));
    std::ofstream(path_) << text;
  }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  ~ConfigFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::vector<std::string> option() const { return {"--config", path_}; }

 private:
  std::string path_;
};

}  // namespace executor::test
