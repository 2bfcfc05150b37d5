#include "soak/mix.h"

namespace executor::test {
namespace {

// splitmix64 (Steele, Lea, Flood): neighbours become unlike each other.
std::uint64_t scattered(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

}  // namespace

Mix::Mix(std::uint16_t port, int clients) : kinds_(script_kinds()) {
  for (Kind& kind : client_kinds()) kinds_.push_back(std::move(kind));
  for (const Kind& kind : kinds_) weights_ += std::uint64_t(kind.weight);
  counters_.resize(kinds_.size());
  for (int client = 0; client < clients; ++client) callers_.emplace_back(port);
}

std::size_t Mix::choose(std::uint64_t token) const {
  if (token - kFirstToken < kinds_.size()) return token - kFirstToken;
  auto left = std::int64_t(scattered(token) % weights_);
  std::size_t kind = 0;
  while ((left -= kinds_[kind].weight) >= 0) ++kind;
  return kind;
}

Judged Mix::visit(int client) {
  const std::uint64_t token = tokens_++;
  const std::size_t kind = choose(token);
  std::string complaint;
  try {
    complaint = kinds_[kind].request(callers_[std::size_t(client)], std::to_string(token));
  } catch (const boost::system::system_error& error) {
    complaint = std::string("no answer: ") + error.what();
  }
  if (complaint.empty()) {
    ++counters_[kind].right;
    return {Verdict::kRight, {}};
  }
  ++counters_[kind].wrong;
  return {Verdict::kWrong,
          std::string(kinds_[kind].name) + ", token " + std::to_string(token) + ": " + complaint};
}

std::vector<Mix::Count> Mix::counts() const {
  std::vector<Count> counts;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    counts.push_back({kinds_[i].name, counters_[i].right, counters_[i].wrong});
  }
  return counts;
}

}  // namespace executor::test
