// What the doctor reads from the machine, as plain values: read in survey*.cc, judged in judge*.cc,
// which do not include each other. What could not be found out is an empty optional.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jail/firejail.h"

namespace executor {

struct KernelFacts {
  std::string release;  // "6.1.0-18-amd64"
  bool seccomp_filter = false;
  bool pidfd = false;
  bool clone3 = false;
  bool close_range = false;
  bool mount_setattr = false;
  int landlock_abi = 0;  // 0: none
};

struct NamespaceFacts {
  std::optional<long> max_user_namespaces;        // user.max_user_namespaces
  std::optional<long> unprivileged_userns_clone;  // kernel.unprivileged_userns_clone (Debian)
  std::optional<long> apparmor_restriction;       // kernel.apparmor_restrict_unprivileged_userns
  int user_error = 0;   // errno of making a user namespace; 0: it was made
  int mount_error = 0;  // the same of a mount namespace within it
  int root_error = 0;   // EPERM or EACCES where pivot_root(2) is refused there
};

// The process that asks, which stands for the service.
struct CallerFacts {
  uid_t uid = 0;
  std::string user;  // empty: not in passwd(5)
  bool no_new_privs = false;
  std::uint64_t bounding_set = 0;
  std::uint64_t open_files = 0;  // hard limit of descriptors
};

struct ContainerFacts {
  bool kernel_threads = false;         // one of the processes 1 to 10 is the kernel's
  std::optional<std::string> of_init;  // `container` in the environment of process 1; empty: it
                                       // cannot be read
};

struct CgroupFacts {
  bool unified = false;       // /sys/fs/cgroup is cgroup v2
  bool wanted = true;         // by the configuration
  bool required = false;      // by the configuration
  std::string path{};         // of our own cgroup, below /sys/fs/cgroup
  std::string refusal{};      // why the service would make no cgroups in it; empty: it would
  std::string controllers{};  // those it has, separated by blanks
};

struct FirejailFacts {
  std::string program, profile;
  bool executable = false;
  bool setuid_root = false;
  bool nosuid = false;  // its file system ignores setuid bits
  std::string printed;  // by --version
  std::optional<FirejailVersion> version;
  bool profile_readable = false;
  std::optional<bool> user_listed;  // in /etc/firejail/firejail.users; empty: there is no such file
  bool refused = false;             // it ended with a failure when asked for its version
};

struct LibraryFacts {
  std::string path;     // of the libfcgi in use; empty: linked statically
  std::string package;  // that owns it; empty: unknown
  std::string version;  // of the package
};

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

struct PythonFacts {
  std::string error;    // why it could not be asked; empty: it could
  std::string version;  // "3.11.2"
  int threads = 0;      // after all imports
  std::vector<std::pair<std::string, std::string>> modules;  // name, version ("" without one)
  std::vector<std::pair<std::string, std::string>> missing;  // name, error
};

struct ResourceFacts {
  std::uint64_t memory = 0;           // bytes, of the machine or of our cgroup
  std::uint64_t available = 0;        // bytes
  std::optional<std::uint64_t> disk;  // bytes free where the socket is
};

}  // namespace executor
