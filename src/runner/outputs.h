// The files that a run leaves in its working directory and that its request asked for, as
// attachments of its claim. Works in the sealed worker after the script, whose threads and children
// may still change every name: it follows no link, never blocks, and is bounded in count, bytes
// and time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/glob.h"
#include "wire/claim.h"
#include "wire/job.h"

namespace executor {

class OutputCollector {
 public:
  // What a job asks for. Call before the script runs, and before the job's files are given up: the
  // working directory must be the run's own. Costs nothing when the job asks for no files.
  explicit OutputCollector(const Job& job);

  // Appends the files, in the order of their paths, and those that are omitted, with the reason.
  // `max_bytes` is for all of them together.
  void collect(std::uint64_t max_bytes, std::vector<Attachment>& attachments) const;
  // The same of another directory.
  void collect_from(int directory, std::uint64_t max_bytes,
                    std::vector<Attachment>& attachments) const;

 private:
  friend class OutputWalk;

  // Whether a file of this path is asked for; with `all`, it must also be new or changed.
  [[nodiscard]] bool matches(const std::string& path) const;
  [[nodiscard]] bool unchanged(const std::string& path, const std::string& bytes) const;

  bool all_ = false;
  std::vector<Glob> globs_;
  std::string directory_;                     // absolute; empty: no files are asked for
  std::map<std::string, std::size_t> given_;  // the job's own files: path to hash
};

}  // namespace executor
