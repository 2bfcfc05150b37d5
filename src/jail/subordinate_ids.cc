#include "jail/subordinate_ids.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <vector>

#include "base/file_at.h"

namespace executor {
namespace {

// The largest number of all means "no id" (chown(2)).
constexpr std::uint64_t kEndOfIds = std::numeric_limits<std::uint32_t>::max();

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// "NAME:FIRST:COUNT", where NAME may be a number.
std::optional<IdRange> range_in(std::string_view line, std::string_view user, uid_t uid) {
  const std::size_t first = line.find(':');
  const std::size_t second = line.find(':', first == line.npos ? first : first + 1);
  if (second == line.npos) return std::nullopt;
  const std::string_view owner = line.substr(0, first);
  if (owner != user && owner != std::to_string(uid)) return std::nullopt;
  const auto from = number(line.substr(first + 1, second - first - 1));
  const auto count = number(line.substr(second + 1));
  if (!from || !count || *count == 0) return std::nullopt;
  const IdRange range{*from, *count};
  const bool fits = std::uint64_t{*from} + *count <= kEndOfIds;
  if (!fits || range.contains(0) || range.contains(uid)) return std::nullopt;
  return range;
}

std::optional<IdRange> range_in_file(const char* path, const std::string& user, uid_t uid) {
  const auto text = read_at(AT_FDCWD, path);
  return text ? largest_range(*text, user, uid) : std::nullopt;
}

bool gains_rights(const char* program) {
  struct stat status {};
  if (::stat(program, &status) != 0) return false;
  const bool setuid_root = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
  return setuid_root || ::getxattr(program, "security.capability", nullptr, 0) > 0;
}

std::string own_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

}  // namespace

std::optional<IdRange> largest_range(std::string_view text, std::string_view user, uid_t uid) {
  std::optional<IdRange> largest;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto range = range_in(text.substr(0, end), user, uid);
    if (range && (!largest || range->count > largest->count)) largest = range;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return largest;
}

IdentityFacts survey_identity() {
  IdentityFacts facts;
  facts.user = own_name();
  facts.programs = ::access(kNewUidMap, X_OK) == 0 && ::access(kNewGidMap, X_OK) == 0;
  facts.privileged = gains_rights(kNewUidMap) && gains_rights(kNewGidMap);
  facts.no_new_privs = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  facts.uids = range_in_file("/etc/subuid", facts.user, ::getuid());
  facts.gids = range_in_file("/etc/subgid", facts.user, ::getuid());
  return facts;
}

Result<SubordinateIds> usable_ids(const IdentityFacts& facts, std::uint32_t least) {
  if (!facts.programs) return failure("newuidmap and newgidmap are not installed");
  if (!facts.privileged) return failure("newuidmap and newgidmap are not set-user-ID root");
  if (facts.no_new_privs) return failure("no_new_privs is set, so newuidmap has no rights");
  if (!facts.uids) return failure("/etc/subuid gives " + facts.user + " no range of ids");
  if (!facts.gids) return failure("/etc/subgid gives " + facts.user + " no range of ids");
  const std::uint32_t count = std::min(facts.uids->count, facts.gids->count);
  if (count < least) {
    return failure("/etc/subuid and /etc/subgid give " + facts.user + " fewer than " +
                   std::to_string(least) + " ids");
  }
  return SubordinateIds{{facts.uids->first, count}, {facts.gids->first, count}};
}

}  // namespace executor
