#include "doctor/resources.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>

namespace executor {
namespace {

// A line of /proc/meminfo, in bytes.
std::uint64_t memory_of(const std::string& name) {
  constexpr std::uint64_t kKilobyte = 1024;
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    std::uint64_t value = 0;
    if (key == name + ":" && file >> value) return value * kKilobyte;
    file.ignore(256, '\n');
  }
  return 0;
}

// The limit of our own cgroup, where it has one.
std::uint64_t cgroup_memory() {
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t value = 0;
    if (std::ifstream(path) >> value) return value;
  }
  return UINT64_MAX;
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MB";
}

}  // namespace

ResourceFacts survey_resources(const std::string& directory) {
  ResourceFacts facts;
  facts.memory = std::min(memory_of("MemTotal"), cgroup_memory());
  facts.available = std::min(memory_of("MemAvailable"), facts.memory);
  struct statvfs system {};
  if (::statvfs(directory.c_str(), &system) == 0) {
    facts.disk = static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize;
  }
  return facts;
}

Section judge_resources(const ResourceFacts& facts, std::uint64_t runs, std::uint64_t memory) {
  constexpr std::uint64_t kLeastDisk = 1 << 20;
  Section section{"room", {}};
  const std::uint64_t most = runs * memory;
  const std::uint64_t fitting = std::max<std::uint64_t>(1, facts.memory / memory);
  section.findings.push_back(
      graded(facts.memory >= most, false,
             "memory for " + std::to_string(runs) + " runs of " + megabytes(memory) + ": " +
                 megabytes(facts.memory) + ", of which free " + megabytes(facts.available),
             "--workers " + std::to_string(std::min(runs, fitting)) +
                 ", or a smaller --memory-limit-mb: runs that use all that they may would be "
                 "killed by the kernel"));
  section.findings.push_back(
      facts.disk ? graded(*facts.disk >= kLeastDisk, true,
                          "disk where the socket is: " + megabytes(*facts.disk) + " free",
                          "make room there")
                 : not_applicable("disk where the socket is: there is no such place"));
  return section;
}

}  // namespace executor
