#include "runner/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/landlock_abi.h"

namespace executor {
namespace {

// The kernel's interface, spelled out because the headers of Debian 12 end at version 2.
enum FileRight : std::uint64_t {
  kExecute = 1U << 0U,
  kWriteFile = 1U << 1U,
  kReadFile = 1U << 2U,
  kReadDirectory = 1U << 3U,
  kRemoveDirectory = 1U << 4U,
  kRemoveFile = 1U << 5U,
  kMakeCharacterDevice = 1U << 6U,
  kMakeDirectory = 1U << 7U,
  kMakeRegular = 1U << 8U,
  kMakeSocket = 1U << 9U,
  kMakeFifo = 1U << 10U,
  kMakeBlockDevice = 1U << 11U,
  kMakeSymlink = 1U << 12U,
  kRefer = 1U << 13U,
  kTruncate = 1U << 14U,
  kControlDevice = 1U << 15U,
};
enum NetworkRight : std::uint64_t { kBindTcp = 1U << 0U, kConnectTcp = 1U << 1U };
enum Scope : std::uint64_t { kAbstractSockets = 1U << 0U, kSignals = 1U << 1U };

struct RulesetAttributes {
  std::uint64_t files;    // rights that are refused unless a rule grants them
  std::uint64_t network;  // from version 4 on
  std::uint64_t scoped;   // from version 6 on
};

struct PathRule {
  std::uint64_t granted;
  std::int32_t directory;
} __attribute__((packed));

constexpr int kPathRule = 1;

// What each version added, oldest first. Later versions are asked for no more than the last row.
struct Version {
  int abi;
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scoped;
};
constexpr Version kVersions[] = {
    {1, (1U << 13U) - 1, 0, 0},              // Linux 5.13: everything up to kMakeSymlink
    {2, kRefer, 0, 0},                       // 5.19
    {3, kTruncate, 0, 0},                    // 6.2
    {4, 0, kBindTcp | kConnectTcp, 0},       // 6.7
    {5, kControlDevice, 0, 0},               // 6.10
    {6, 0, 0, kAbstractSockets | kSignals},  // 6.12
};
constexpr int kScopesFrom = 6;

constexpr std::uint64_t kReadAndRun = kExecute | kReadFile | kReadDirectory;
constexpr std::uint64_t kOfFilesOnly = kExecute | kWriteFile | kReadFile | kTruncate;
constexpr std::uint64_t kUseDevice = kReadFile | kWriteFile | kTruncate;
constexpr std::uint64_t kScratch =
    ~std::uint64_t{kMakeCharacterDevice | kMakeBlockDevice | kControlDevice};

RulesetAttributes attributes_of(int abi) {
  RulesetAttributes all{};
  for (const Version& version : kVersions) {
    if (version.abi > abi) break;
    all.files |= version.files;
    all.network |= version.network;
    all.scoped |= version.scoped;
  }
  return all;
}

Result<void> add_rule(int ruleset, int path, std::uint64_t granted) {
  const PathRule rule{granted, path};
  if (::syscall(SYS_landlock_add_rule, ruleset, kPathRule, &rule, 0) != 0) {
    return os_failure("add a rule to the Landlock ruleset");
  }
  return {};
}

}  // namespace

bool Landlock::scopes() const {
  return abi_ >= kScopesFrom;
}

Result<Landlock> Landlock::prepare(const std::vector<std::string>& readable,
                                   const std::vector<std::string>& devices) {
  Landlock landlock;
  landlock.abi_ = landlock_abi();
  for (const auto* paths : {&readable, &devices}) {
    for (const std::string& path : *paths) {
      UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
      if (!place && errno == ENOENT) continue;
      struct stat status {};
      if (!place || ::fstat(place.get(), &status) != 0) return os_failure("open " + path);
      landlock.places_.push_back(
          {std::move(place), paths == &devices, S_ISDIR(status.st_mode) != 0});
    }
  }
  return landlock;
}

Result<void> Landlock::enforce(const std::string& writable) const {
  if (!present()) return {};
  const RulesetAttributes all = attributes_of(abi_);
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0)));
  if (!ruleset) return os_failure("make a Landlock ruleset");
  for (const Place& place : places_) {
    std::uint64_t granted = place.is_device ? kUseDevice : kReadAndRun;
    if (!place.is_directory) granted &= kOfFilesOnly;
    if (auto added = add_rule(ruleset.get(), place.path.get(), granted & all.files); !added) {
      return added;
    }
  }
  const UniqueFd scratch(::open(writable.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!scratch) return os_failure("open " + writable);
  if (auto added = add_rule(ruleset.get(), scratch.get(), kScratch & all.files); !added) {
    return added;
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return os_failure("enforce the Landlock ruleset");
  }
  return {};
}

}  // namespace executor
