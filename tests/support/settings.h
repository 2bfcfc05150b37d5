// The settings that the tests' servers are started with. The names of the service's options appear
// here and nowhere else in the tests; tests compare with these values and copy none of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace executor::test {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = kKiB * kKiB;

struct Settings {
  std::size_t workers = 4;            // runs at the same time
  std::size_t queue = 64;             // requests that may wait for a worker
  std::size_t memory_limit_mb = 512;  // of one run as a whole
  std::size_t max_output_kb = 1024;   // of stdout, and of stderr
  std::size_t max_result_kb = 8192;
  std::size_t file_size_limit_mb = 32;
  std::size_t scratch_limit_mb = 64;     // all files of one run together
  std::size_t processes = 64;            // processes and threads of one run
  std::size_t open_files = 256;          // per process of a run
  std::string tier = "full";             // this one, no other
  std::string serve_after = "all-sets";  // or first-set
  std::vector<std::string> preload{};    // as for --preload; none: the service's own sets

  // What goes after `--` on the command line of serve/serve.
  [[nodiscard]] std::vector<std::string> options() const {
    std::vector<std::string> all = {
        "--workers",
        std::to_string(workers),
        "--queue",
        std::to_string(queue),
        "--memory-limit-mb",
        std::to_string(memory_limit_mb),
        "--max-output-kb",
        std::to_string(max_output_kb),
        "--max-result-kb",
        std::to_string(max_result_kb),
        "--file-size-limit-mb",
        std::to_string(file_size_limit_mb),
        "--scratch-limit-mb",
        std::to_string(scratch_limit_mb),
        "--processes",
        std::to_string(processes),
        "--open-files",
        std::to_string(open_files),
        "--serve-after",
        serve_after,
        "--tier",
        tier,
        "--minimum-tier",
        tier,
    };
    for (const std::string& set : preload) all.insert(all.end(), {"--preload", set});
    return all;
  }
};

}  // namespace executor::test
