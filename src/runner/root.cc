#include "runner/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "base/fd.h"
#include "runner/scratch.h"
#include "wire/root_paths.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

// Where the new root is assembled: firejail's private /tmp, which no other process sees.
constexpr const char* kNewRoot = "/tmp";
// Where a worker's scratch tmpfs is mounted while its directories are bound to their places.
constexpr const char* kStage = "/mnt";

// Debian's merged /usr: the old names are links.
constexpr std::array kLinks = {"bin", "sbin", "lib", "lib64"};

// Names for the ids that scripts meet, and no account of the host's: their own; root, whom archives
// name; and the one that the host's files appear to belong to in a user namespace.
constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/usr/sbin/nologin\n"
    "sandbox:x:1000:1000:sandbox:/home/sandbox:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
constexpr const char* kGroup = "root:x:0:\nsandbox:x:1000:\nnogroup:x:65534:\n";
constexpr const char* kNsswitch =
    "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n";
// The host's names many more files, and writes to stderr where one of them is missing.
constexpr const char* kFonts =
    "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n"
    "<fontconfig><dir>/usr/share/fonts</dir><cachedir>/tmp/.fontconfig</cachedir></fontconfig>\n";
// Libraries for HTTPS want a file of certificates before they look for the network that is not
// there, and without one do not fail as their callers expect. No other side can ever show one of
// these.
constexpr const char* kCertificates =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBgTCCASegAwIBAgIUVgKcVb9Qhuqwz7gXPHBb2w9eXzUwCgYIKoZIzj0EAwIw\n"
    "FTETMBEGA1UEAwwKbm8gbmV0d29yazAgFw0yNjExMjkxNTUzMDZaGA8yMTI2MTEw\n"
    "NTE1NTMwNlowFTETMBEGA1UEAwwKbm8gbmV0d29yazBZMBMGByqGSM49AgEGCCqG\n"
    "SM49AwEHA0IABA0BsVlOd5HxEgTCtlGh1WDwXJZ5v1e3CAMInWDcTbSjSingIl4P\n"
    "Kph4J/RTCid0U+484zzL879kRLaIHcu7/SijUzBRMB0GA1UdDgQWBBQeYaRiG7Xu\n"
    "PZfAvE+7AUL1YFUG6TAfBgNVHSMEGDAWgBQeYaRiG7XuPZfAvE+7AUL1YFUG6TAP\n"
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDRCu+h+YwwqOIp+K/1\n"
    "4jHmKlk/IVxOXvcs5dJQDIv1cAIgOMv0M5jpg2wiD4v8QE/lhnG+iUNLlvc5ZEJD\n"
    "g90d7VY=\n"
    "-----END CERTIFICATE-----\n";
// Where hosted interpreters keep a session's files: what generated programs read and write.
constexpr const char* kDataLink = "/mnt/data";

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Failure{"make the directory " + path, error.value()};
  return {};
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return os_failure("write " + path);
  }
  return {};
}

// Makes `path` and every mount below it read-only, without setuid programs and devices.
Result<void> seal_mounts(const std::string& path, std::uint64_t more_attributes) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | more_attributes;
  if (::syscall(SYS_mount_setattr, AT_FDCWD, path.c_str(), AT_RECURSIVE, &attributes,
                sizeof attributes) != 0) {
    return os_failure("make " + path + " read-only");
  }
  return {};
}

// A place for a bind mount: a directory for a directory, an empty file for anything else.
Result<void> make_target(const fs::path& source, const std::string& target) {
  std::error_code error;
  if (fs::is_directory(source, error)) return make_directory(target);
  if (auto made = make_directory(fs::path(target).parent_path()); !made) return made;
  return write_file(target, "");
}

Result<void> bind_read_only(const std::string& source, std::uint64_t more_attributes) {
  std::error_code error;
  const fs::path real = fs::canonical(source, error);
  if (error) return {};  // not on this machine
  const std::string target = kNewRoot + source;
  if (auto made = make_target(real, target); !made) return made;
  if (::mount(real.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    return os_failure("bind " + source);
  }
  return seal_mounts(target, more_attributes);
}

Result<void> bind_host_paths(const std::vector<std::string>& expose) {
  for (const char* path : kSystemPaths) {
    if (auto bound = bind_read_only(path, MOUNT_ATTR_NODEV); !bound) return bound;
  }
  for (const char* path : kConfigurationPaths) {
    if (auto bound = bind_read_only(path, MOUNT_ATTR_NODEV); !bound) return bound;
  }
  for (const std::string& path : expose) {
    if (::access(path.c_str(), R_OK) != 0) {
      return os_failure("expose " + path + " (the jail's profile hides some of the host's paths)");
    }
    if (auto bound = bind_read_only(path, MOUNT_ATTR_NODEV); !bound) return bound;
  }
  for (const char* device : kDevicePaths) {
    if (auto bound = bind_read_only(device, MOUNT_ATTR_NOEXEC); !bound) return bound;
  }
  return {};
}

// A script that looks up its own host, by the name that uname(2) returns, finds itself.
std::string hosts() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name[0] = '\0';
  return std::string("127.0.0.1 localhost ") + name.data() + "\n::1 localhost\n";
}

Result<void> make_small_files() {
  const std::string root = kNewRoot;
  for (const char* link : kLinks) {
    if (::symlink((std::string("usr/") + link).c_str(), (root + "/" + link).c_str()) != 0) {
      return os_failure("link /" + std::string(link));
    }
  }
  for (const char* directory :
       {"/etc/fonts", "/etc/ssl/certs", "/dev/shm", "/tmp", "/mnt", "/proc", "/home/sandbox"}) {
    if (auto made = make_directory(root + directory); !made) return made;
  }
  if (::symlink(kHome, (root + kDataLink).c_str()) != 0) {
    return os_failure(std::string("link ") + kDataLink);
  }
  for (const auto& [path, text] : {std::pair("/etc/passwd", std::string(kPasswd)),
                                   {"/etc/group", kGroup},
                                   {"/etc/hosts", hosts()},
                                   {"/etc/fonts/fonts.conf", kFonts},
                                   {"/etc/ssl/certs/ca-certificates.crt", kCertificates},
                                   {"/etc/nsswitch.conf", kNsswitch}}) {
    if (auto wrote = write_file(root + path, text); !wrote) return wrote;
  }
  return {};
}

// pivot_root(".", ".") stacks the old root on the new one, from where it is unmounted
// (pivot_root(2), notes).
Result<void> switch_root() {
  if (::chdir(kNewRoot) != 0) return os_failure("enter the new root");
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return os_failure("switch to the new root");
  if (::umount2(".", MNT_DETACH) != 0) return os_failure("unmount the host's root");
  if (::chdir("/") != 0) return os_failure("enter the new root");
  return {};
}

Result<void> bind_scratch(const char* from, const char* to, mode_t mode) {
  if (::mkdir(from, mode) != 0 || ::chmod(from, mode) != 0) {
    return os_failure(std::string("make the scratch directory for ") + to);
  }
  if (::mount(from, to, nullptr, MS_BIND, nullptr) != 0) {
    return os_failure(std::string("mount scratch space at ") + to);
  }
  return {};
}

}  // namespace

Result<void> enter_sandbox_root(const std::vector<std::string>& expose) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return os_failure("make the mounts private");
  }
  ::umask(022);
  if (::mount("sandbox", kNewRoot, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") != 0) {
    return os_failure("mount the new root");
  }
  if (auto bound = bind_host_paths(expose); !bound) return bound;
  if (auto made = make_small_files(); !made) return made;
  if (auto switched = switch_root(); !switched) return switched;
  // Not recursive: what is mounted below was sealed with the attributes that it needs.
  if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
              nullptr) != 0) {
    return os_failure("make the new root read-only");
  }
  return {};
}

Result<void> mount_scratch(const SandboxLimits& limits) {
  // Not by printf(), which lies on nine pages that a worker would touch for nothing else.
  const std::string options =
      "size=" + std::to_string(limits.scratch) +
      ",nr_inodes=" + std::to_string(limits.scratch_inodes + kScratchDirectories) + ",mode=755";
  if (::mount("scratch", kStage, "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    return os_failure("mount the scratch space");
  }
  if (auto bound = bind_scratch("/mnt/home", kHome, 0700); !bound) return bound;
  if (auto bound = bind_scratch("/mnt/tmp", "/tmp", 01777); !bound) return bound;
  if (auto bound = bind_scratch("/mnt/shm", "/dev/shm", 01777); !bound) return bound;
  const UniqueFd root(::open(kStage, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root || ::dup3(root.get(), kScratchRoot, O_CLOEXEC) < 0) {
    return os_failure("keep the scratch space's root");
  }
  if (::umount2(kStage, MNT_DETACH) != 0) return os_failure("unmount the scratch space's stage");
  if (::chdir(kHome) != 0) return os_failure("enter the home directory");
  return {};
}

Result<void> unmount_scratch() {
  close_scratch_root();
  if (::chdir("/") != 0) return os_failure("leave the home directory");
  for (const char* path : {kHome, "/tmp", "/dev/shm"}) {
    if (::umount2(path, MNT_DETACH) != 0) {
      return os_failure(std::string("unmount the scratch space at ") + path);
    }
  }
  return {};
}

}  // namespace executor
