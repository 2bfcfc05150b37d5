// Who may reach the service's socket, and who may replace it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "doctor/finding.h"

namespace executor {

struct SocketFacts {
  std::string path, directory;
  bool tcp = false;  // an address: there is no path, and nothing below is known
  bool directory_there = false;
  bool directory_writable = false;
  mode_t directory_mode = 0;
  std::optional<mode_t> mode;  // of the socket, if there is one
  std::string owner, group;    // of the socket, else of its directory
  bool usual = false;          // the path where a start of the service makes the directory
};

SocketFacts survey_socket(const std::string& path);
// `user` is the caller's name.
Section judge_socket(const SocketFacts& facts, const std::string& user);

}  // namespace executor
