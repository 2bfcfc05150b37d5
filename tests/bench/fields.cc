#include "fields.h"

#include <boost/json.hpp>
#include <iostream>
#include <utility>

#include "idle.h"
#include "stats.h"

namespace executor::bench {
namespace {

constexpr std::size_t kInput = 1 << 20;
constexpr int kFiles = 10;
constexpr std::size_t kFileSize = 10 << 10;

std::string stdin_field() {
  return boost::json::serialize(boost::json::object{{"stdin", std::string(kInput, 'x')}});
}

boost::json::object with_files() {
  boost::json::object files;
  for (int i = 0; i < kFiles; ++i) files["in" + std::to_string(i)] = std::string(kFileSize, 'x');
  return {{"files", files}};
}

std::string files_field() {
  return boost::json::serialize(with_files());
}

std::string files_both_ways() {
  boost::json::object more = with_files();
  more["outputs"] = boost::json::array{"out*"};
  return boost::json::serialize(more);
}

Script with(Script script, std::string more) {
  script.more = std::move(more);
  return script;
}

std::vector<FieldCost> requests_of(const Contender& service, const Contender* base) {
  const Script& trivial = all_scripts().front();
  const Script reads{
      .name = "read stdin",
      .source = "import sys\ndef main():\n    return len(sys.stdin.read())\n",
      .expected = std::to_string(kInput),
  };
  Script copies{
      .name = "copy files",
      .source = "def main():\n    for i in range(" + std::to_string(kFiles) +
                "):\n        open(f'out{i}', 'w').write(open(f'in{i}').read())\n    return 42\n",
      .expected = "42",
  };
  copies.files = kFiles;
  std::vector<FieldCost> all = {
      {"the trivial script", trivial, {}},
      {"the same, 1 MB of stdin that it does not read", with(trivial, stdin_field()), {}},
      {"1 MB of stdin, read as text", with(reads, stdin_field()), {}},
      {"the trivial script, 10 files of 10 KB in", with(trivial, files_field()), {}},
      {"10 files of 10 KB in, copied, and 10 out", with(copies, files_both_ways()), {}}};
  for (FieldCost& one : all) one.contender = &service;
  if (base != nullptr) {
    all.insert(all.begin() + 1, {"the trivial script, at " + base->name, trivial, {}, base});
  }
  return all;
}

void measure(FieldCost& one, const Effort& effort) {
  wait_until_idle();
  const std::vector<double> latency = measure_latency(*one.contender, one.script, effort);
  const double rate = measure_throughput(*one.contender, one.script, effort);
  one.seen.push_back({percentile(latency, 0.5), percentile(latency, 0.99), rate});
}

}  // namespace

std::vector<FieldCost> measure_fields(const Contender& service, const Contender* base, int rounds,
                                      const Effort& effort) {
  std::vector<FieldCost> all = requests_of(service, base);
  for (int round = 0; round < rounds; ++round) {
    std::cerr << "fields, round " << round + 1 << " of " << rounds << '\n';
    for (std::size_t i = 0; i < all.size(); ++i) {
      measure(all[(i + std::size_t(round)) % all.size()], effort);
    }
  }
  return all;
}

}  // namespace executor::bench
