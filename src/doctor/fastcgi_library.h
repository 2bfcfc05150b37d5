// Whether the libfcgi in use is fixed against CVE-2025-23016.
#pragma once

#include <string>

#include "doctor/finding.h"

namespace executor {

struct LibraryFacts {
  std::string path;     // of the libfcgi in use; empty: linked statically
  std::string package;  // that owns it; empty: unknown
  std::string version;  // of the package
};

LibraryFacts survey_fastcgi_library();
Section judge_fastcgi_library(const LibraryFacts& facts);

// Whether a version of libfcgi's Debian package has the fix.
bool libfcgi_is_fixed(const std::string& version);

}  // namespace executor
