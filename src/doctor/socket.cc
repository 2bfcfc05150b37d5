#include "doctor/socket.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "front/listener.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

std::string user_name(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
  const group* entry = ::getgrgid(gid);
  return entry != nullptr ? entry->gr_name : std::to_string(gid);
}

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode & 07777U);
  return text;
}

Finding directory(const SocketFacts& facts, const std::string& user) {
  const std::string fact = "directory of the socket: " + facts.directory;
  const std::string make = "install -d -m 0750 -o " + (user.empty() ? "python-executor" : user) +
                           " -g www-data " + facts.directory +
                           " (nginx must be able to enter it; systemd: RuntimeDirectory=)";
  if (facts.usual && !facts.directory_writable && !facts.mode) {
    return not_applicable(fact + " is made when the service starts");
  }
  if (!facts.directory_there) return missing_required(fact + " is not there", make);
  // A socket that is already there was made by systemd or the running service.
  return graded(facts.directory_writable || facts.mode, true, fact + " can be written", make);
}

Finding directory_mode(const SocketFacts& facts) {
  constexpr mode_t kOthersMayWrite = 0002;
  if (!facts.directory_there) return not_applicable("others cannot replace the socket");
  return graded((facts.directory_mode & kOthersMayWrite) == 0, true,
                "others cannot replace the socket: " + facts.directory + " has mode " +
                    octal(facts.directory_mode),
                "chmod o-w " + facts.directory);
}

Finding socket_mode(const SocketFacts& facts) {
  constexpr mode_t kOthers = 0007;
  if (!facts.mode) return not_applicable("permissions of the socket: there is no socket now");
  const std::string who = octal(*facts.mode) + ", so " + facts.owner + " and the group " +
                          facts.group + " may send jobs";
  return graded((*facts.mode & kOthers) == 0, true, "the socket is closed to others: " + who,
                "chmod 0660 " + facts.path + " (systemd: SocketMode=0660)");
}

}  // namespace

SocketFacts survey_socket(const std::string& path) {
  SocketFacts facts;
  facts.path = path;
  facts.tcp = is_tcp_address(path);
  if (facts.tcp) return facts;
  const fs::path directory = fs::path(path).parent_path();
  facts.usual = path == kUsualSocket;
  facts.directory = directory.empty() ? std::string(1, '.') : directory.string();
  struct stat status {};
  facts.directory_there = ::stat(facts.directory.c_str(), &status) == 0;
  facts.directory_writable = ::access(facts.directory.c_str(), W_OK | X_OK) == 0;
  facts.directory_mode = status.st_mode & 07777;
  struct stat socket {};
  if (::lstat(path.c_str(), &socket) == 0) {
    facts.mode = socket.st_mode;
    status = socket;
  }
  facts.owner = user_name(status.st_uid);
  facts.group = group_name(status.st_gid);
  return facts;
}

Section judge_socket(const SocketFacts& facts, const std::string& user) {
  if (facts.tcp) {
    return {
        "socket " + facts.path,
        {not_applicable("permissions: anyone who can connect to this address can run scripts")}};
  }
  return {"socket " + facts.path,
          {directory(facts, user), directory_mode(facts), socket_mode(facts)}};
}

}  // namespace executor
