// How much memory a request takes (contract/request.h).
#include <algorithm>

#include "contract/request.h"
#include "contract/request_fields.h"

namespace executor {
namespace {

// What the entry of a list costs besides its text.
constexpr std::size_t kEntry = 128;

std::size_t memory_of(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) size += text.size() + kEntry;
  return size;
}

template <typename Pair>
std::size_t memory_of(const std::vector<Pair>& pairs) {
  std::size_t size = 0;
  for (const auto& [name, value] : pairs) size += name.size() + value.size() + kEntry;
  return size;
}

std::size_t memory_of(const JobInputs& own) {
  return (own.arguments ? own.arguments->size() : 0) + (own.input ? own.input->size() : 0) +
         (own.argv ? memory_of(*own.argv) : 0) + (own.env ? memory_of(*own.env) : 0) +
         (own.files ? memory_of(*own.files) : 0);
}

}  // namespace

std::size_t parsing_memory(std::size_t body) {
  constexpr std::size_t kCopies = 6;
  constexpr std::size_t kLists = 4;                 // argv, env, files, and those of all runs
  constexpr std::size_t kBytesOfShortestEntry = 3;  // two quotation marks and a comma
  return kCopies * body + kLists * kEntry * std::min(body / kBytesOfShortestEntry + 1, kMaxEntries);
}

std::size_t memory_of(const RunRequest& request) {
  const Job& job = request.job;
  std::size_t size = job.source.size() + job.preamble.size() + job.arguments.size() +
                     job.variables.size() + job.input.size() + memory_of(job.argv) +
                     memory_of(job.env) + memory_of(job.files);
  for (const RunEntry& entry : request.runs) {
    size += memory_of(entry.own) + memory_of(entry.warnings) + kEntry;
  }
  return size;
}

}  // namespace executor
