#include "wire/job.h"

#include <algorithm>
#include <cstring>

#include "wire/codec.h"

namespace executor {
namespace {

enum class Tag : std::uint8_t { kWarm = 1, kFailed = 2, kWarmUp = 3, kJob = 4 };

constexpr std::size_t kClaimHeader = sizeof(Nonce) + 2 * sizeof(std::uint32_t);
constexpr std::size_t kClaimChunk = kMaxPacket - kClaimHeader;

std::string_view as_text(const Nonce& nonce) {
  return {nonce.data(), nonce.size()};
}

}  // namespace

std::string encode(const Announcement& announcement) {
  if (announcement.warm) return Encoder().put(Tag::kWarm).bytes();
  return Encoder().put(Tag::kFailed).put(std::string_view(announcement.failure)).bytes();
}

std::optional<Announcement> decode_announcement(std::string_view bytes) {
  Decoder from(bytes);
  Announcement announcement;
  switch (from.get<Tag>()) {
    case Tag::kWarm:
      announcement.warm = true;
      break;
    case Tag::kFailed:
      announcement.failure = from.get_text();
      break;
    default:
      return std::nullopt;
  }
  return from.complete() ? std::optional(announcement) : std::nullopt;
}

std::string encode_warm_up() {
  return Encoder().put(Tag::kWarmUp).bytes();
}

std::vector<std::string> encode(const JobMessage& job) {
  Encoder head;
  head.put(Tag::kJob).put(job.dialect);
  for (const char byte : job.nonce) head.put(byte);
  head.put(static_cast<std::uint8_t>(job.images));
  head.put(static_cast<std::uint32_t>(job.source.size()));
  std::vector<std::string> packets{head.bytes()};
  std::string_view rest = job.source;
  const std::size_t first = std::min(rest.size(), kMaxPacket - packets[0].size());
  packets[0].append(rest.substr(0, first));
  for (rest.remove_prefix(first); !rest.empty();) {
    const std::size_t size = std::min(rest.size(), kMaxPacket);
    packets.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return packets;
}

JobReader::State JobReader::feed(std::string_view packet) {
  if (!started_) {
    Decoder from(packet);
    const auto tag = from.get<Tag>();
    if (tag == Tag::kWarmUp && from.complete()) return State::kWarmUp;
    if (tag != Tag::kJob) return State::kBroken;
    dialect_ = from.get<std::uint8_t>();
    for (char& byte : nonce_) byte = from.get<char>();
    images_ = from.get<std::uint8_t>() != 0;
    size_ = from.get<std::uint32_t>();
    packet = from.get_rest();
    if (!from.ok()) return State::kBroken;
    started_ = true;
    source_.reserve(size_);
  }
  if (packet.size() > size_ - source_.size()) return State::kBroken;
  source_.append(packet);
  return source_.size() == size_ ? State::kJob : State::kMore;
}

std::vector<std::string> encode(const Claim& claim, const Nonce& nonce) {
  Encoder head;
  head.put(claim.kind).put(claim.status);
  head.put(std::string_view(claim.text)).put(std::string_view(claim.images));
  const std::string body = head.bytes() + claim.detail;
  std::vector<std::string> packets;
  for (std::size_t offset = 0; offset < body.size(); offset += kClaimChunk) {
    Encoder packet;
    packet.put(static_cast<std::uint32_t>(body.size())).put(static_cast<std::uint32_t>(offset));
    packets.push_back(std::string(as_text(nonce)) + packet.bytes() +
                      body.substr(offset, kClaimChunk));
  }
  return packets;
}

std::array<char, kSignalClaimSize> encode_signal_claim(int signal, const Nonce& nonce) {
  std::array<char, kSignalClaimSize> packet{};
  char* to = packet.data();
  const auto append = [&to](const auto& value) {
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  };
  append(nonce);
  append(static_cast<std::uint32_t>(kSignalClaimSize - kClaimHeader));
  append(std::uint32_t{0});
  append(ClaimKind::kSignaled);
  append(static_cast<std::int32_t>(signal));
  append(std::uint32_t{0});  // no text
  append(std::uint32_t{0});  // no images
  return packet;
}

ClaimReader::State ClaimReader::feed(std::string_view packet) {
  if (packet.size() < kClaimHeader || packet.substr(0, sizeof(Nonce)) != as_text(nonce_)) {
    return State::kIgnored;
  }
  Decoder from(packet.substr(sizeof(Nonce)));
  const auto total = from.get<std::uint32_t>();
  const auto offset = from.get<std::uint32_t>();
  const std::string_view chunk = from.get_rest();
  if (offset == 0) {
    if (total > max_size_) return State::kBroken;
    total_ = total;
    bytes_.clear();
  }
  if (total != total_ || offset != bytes_.size() || chunk.size() > total_ - bytes_.size()) {
    return State::kBroken;
  }
  bytes_.append(chunk);
  return bytes_.size() == total_ ? finish() : State::kMore;
}

ClaimReader::State ClaimReader::finish() {
  Decoder from(bytes_);
  const auto kind = from.get<std::uint8_t>();
  claim_.kind = static_cast<ClaimKind>(kind);
  claim_.status = from.get<std::int32_t>();
  claim_.text = from.get_text();
  claim_.images = from.get_text();
  claim_.detail = from.get_rest();
  return from.ok() && kind <= kLastClaimKind ? State::kDone : State::kBroken;
}

}  // namespace executor
