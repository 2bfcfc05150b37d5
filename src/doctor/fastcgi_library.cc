#include "doctor/fastcgi_library.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "jail/process.h"

namespace executor {
namespace {

// The file that is mapped into this process under that name.
std::string mapped_library(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && line.find(name, path) != std::string::npos) {
      return line.substr(path);
    }
  }
  return {};
}

// "libfcgi0ldbl:amd64: /usr/lib/..." without the path. The path that dpkg knows may begin with /lib
// or with /usr/lib, so only its end is asked for.
std::string package_of(const std::string& path) {
  const std::string file = std::filesystem::path(path).filename();
  const auto owner = output_of({"/usr/bin/dpkg-query", "--search", "*/" + file});
  const std::size_t end = owner ? owner->find(": ") : std::string::npos;
  return end == std::string::npos ? "" : owner->substr(0, end);
}

// The numbers of an upstream version: "2.4.2-2+deb12u1" begins with 2, 4, 2.
std::array<int, 3> upstream(const std::string& version) {
  std::array<int, 3> numbers{};
  const std::size_t epoch = version.find(':');
  const char* text = version.c_str() + (epoch == std::string::npos ? 0 : epoch + 1);
  (void)std::sscanf(text, "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2]);
  return numbers;
}

}  // namespace

LibraryFacts survey_fastcgi_library() {
  LibraryFacts facts;
  facts.path = mapped_library("libfcgi.so");
  if (facts.path.empty()) return facts;
  facts.package = package_of(facts.path);
  if (facts.package.empty()) return facts;
  const auto version =
      output_of({"/usr/bin/dpkg-query", "--show", "--showformat=${Version}", facts.package});
  if (version) facts.version = *version;
  return facts;
}

// Debian has put the fix into its 2.4.2 as well.
bool libfcgi_is_fixed(const std::string& version) {
  if (upstream(version) >= std::array<int, 3>{2, 4, 5}) return true;
  int release = 0, update = 0;
  const std::size_t suffix = version.find("+deb");
  return suffix != std::string::npos && upstream(version) == std::array<int, 3>{2, 4, 2} &&
         std::sscanf(version.c_str() + suffix, "+deb%du%d", &release, &update) == 2 && update >= 1;
}

Section judge_fastcgi_library(const LibraryFacts& facts) {
  Section section{"libfcgi", {}};
  const std::string fact = "fixed against CVE-2025-23016";
  if (facts.version.empty()) {
    section.findings.push_back(
        not_applicable(fact + ": the version cannot be known, as no Debian package owns " +
                       (facts.path.empty() ? "the library (linked statically)" : facts.path) +
                       "; it is from 2.4.5 on"));
    return section;
  }
  section.findings.push_back(
      graded(libfcgi_is_fixed(facts.version), true,
             fact + ": " + facts.package + " " + facts.version + " (" + facts.path + ")",
             "apt-get update && apt-get install --only-upgrade " +
                 facts.package.substr(0, facts.package.find(':'))));
  return section;
}

}  // namespace executor
