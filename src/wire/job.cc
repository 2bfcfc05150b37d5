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

// Bytes that are only counted.
struct CountedBytes {
  void append(const char* /*bytes*/, std::size_t count) { size += count; }
  void append(std::string_view bytes) { size += bytes.size(); }
  std::size_t size = 0;
};

// Bytes that leave in packets, so that a large job is never there twice.
class PacketBytes {
 public:
  explicit PacketBytes(const SendPacket& send) : send_(&send) { packet_.reserve(kMaxPacket); }
  void append(const char* bytes, std::size_t count) { append(std::string_view(bytes, count)); }
  void append(std::string_view bytes) {
    while (!bytes.empty() && sent_) {
      const std::string_view part = bytes.substr(0, kMaxPacket - packet_.size());
      packet_.append(part);
      bytes.remove_prefix(part.size());
      if (packet_.size() == kMaxPacket) finish();
    }
  }
  // Whether all have been sent.
  bool finish() {
    if (!packet_.empty()) sent_ = sent_ && (*send_)(packet_);
    packet_.clear();
    return sent_;
  }

 private:
  const SendPacket* send_;
  std::string packet_;
  bool sent_ = true;
};

// One overload for each type of a job's members.
template <typename To>
class JobWriter {
 public:
  explicit JobWriter(To& to) : to_(to) {}
  void operator()(std::string_view /*name*/, Dialect dialect) { to_.put(dialect); }
  void operator()(std::string_view /*name*/, bool flag) { to_.put(flag); }
  void operator()(std::string_view /*name*/, const std::string& text) {
    to_.put(std::string_view(text));
  }
  void operator()(std::string_view /*name*/, const std::vector<std::string>& texts) {
    to_.put(texts);
  }
  void operator()(std::string_view /*name*/, const std::vector<EnvironmentVariable>& variables) {
    to_.put(static_cast<std::uint32_t>(variables.size()));
    for (const auto& [name, value] : variables) {
      to_.put(std::string_view(name)).put(std::string_view(value));
    }
  }
  void operator()(std::string_view /*name*/, const WantedFiles& files) {
    to_.put(files.changed).put(files.globs);
  }
  void operator()(std::string_view /*name*/, const LowerLimits& limits) {
    visit_limits(limits, [this](std::uint64_t limit) { to_.put(limit); });
  }
  void operator()(std::string_view /*name*/, const std::vector<InputFile>& files) {
    to_.put(static_cast<std::uint32_t>(files.size()));
    for (const auto& [path, bytes] : files) {
      to_.put(std::string_view(path)).put(std::string_view(bytes));
    }
  }

 private:
  To& to_;
};

// What a run has of its own in the place of what the job says.
const std::string& chosen(std::string_view name, const std::string& text, const JobInputs& own) {
  if (name == "arguments") return own.arguments ? *own.arguments : text;
  if (name == "input") return own.input ? *own.input : text;
  return text;
}
const std::vector<std::string>& chosen(std::string_view /*name*/,
                                       const std::vector<std::string>& argv, const JobInputs& own) {
  return own.argv ? *own.argv : argv;
}
const std::vector<EnvironmentVariable>& chosen(std::string_view /*name*/,
                                               const std::vector<EnvironmentVariable>& env,
                                               const JobInputs& own) {
  return own.env ? *own.env : env;
}
const std::vector<InputFile>& chosen(std::string_view /*name*/, const std::vector<InputFile>& files,
                                     const JobInputs& own) {
  return own.files ? *own.files : files;
}
template <typename Member>
const Member& chosen(std::string_view /*name*/, const Member& member, const JobInputs& /*own*/) {
  return member;
}

template <typename To>
void write(const Job& job, const JobInputs& own, To& to) {
  JobWriter writer(to);
  visit(job, [&](std::string_view name, const auto& member) {
    writer(name, chosen(name, member, own));
  });
}

class JobParser {
 public:
  explicit JobParser(Decoder& from) : from_(from) {}
  void operator()(std::string_view /*name*/, Dialect& dialect) { dialect = from_.get<Dialect>(); }
  void operator()(std::string_view /*name*/, bool& flag) { flag = from_.get_bool(); }
  void operator()(std::string_view /*name*/, std::string& text) { text = from_.get_text(); }
  void operator()(std::string_view /*name*/, std::vector<std::string>& texts) {
    texts = from_.get_list();
  }
  void operator()(std::string_view /*name*/, std::vector<EnvironmentVariable>& variables) {
    get_pairs(variables);
  }
  void operator()(std::string_view /*name*/, WantedFiles& files) {
    files.changed = from_.get_bool();
    files.globs = from_.get_list();
  }
  void operator()(std::string_view /*name*/, LowerLimits& limits) {
    visit_limits(limits, [this](std::uint64_t& limit) { limit = from_.get<std::uint64_t>(); });
  }
  void operator()(std::string_view /*name*/, std::vector<InputFile>& files) { get_pairs(files); }

 private:
  template <typename Pair>
  void get_pairs(std::vector<Pair>& pairs) {
    for (auto left = from_.get<std::uint32_t>(); left > 0 && from_.ok(); --left) {
      const std::string_view first = from_.get_text();
      pairs.push_back({std::string(first), std::string(from_.get_text())});
    }
  }

  Decoder& from_;
};

// False when they are not what encode() writes, or too many.
bool read_attachments(Decoder& from, std::vector<Attachment>& attachments) {
  attachments.clear();
  const auto count = from.get<std::uint32_t>();
  if (count > kMaxAttachments) return false;
  for (std::uint32_t i = 0; i < count && from.ok(); ++i) {
    const auto kind = from.get<std::uint8_t>();
    if (kind > kLastAttachmentKind) return false;
    Attachment& attachment = attachments.emplace_back();
    attachment.kind = static_cast<AttachmentKind>(kind);
    attachment.name = from.get_text();
    attachment.bytes = from.get_text();
  }
  return from.ok();
}

}  // namespace

std::string encode(const Announcement& announcement) {
  if (announcement.warm)
    return Encoder().put(Tag::kWarm).put(announcement.cpu_microseconds).bytes();
  return Encoder().put(Tag::kFailed).put(std::string_view(announcement.failure)).bytes();
}

std::optional<Announcement> decode_announcement(std::string_view bytes) {
  Decoder from(bytes);
  Announcement announcement;
  switch (from.get<Tag>()) {
    case Tag::kWarm:
      announcement.warm = true;
      announcement.cpu_microseconds = from.get<std::uint64_t>();
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

bool send_job(const Job& job, const JobInputs& own, const Nonce& nonce, const SendPacket& send) {
  BasicEncoder<CountedBytes> counted;
  write(job, own, counted);
  PacketBytes packets(send);
  BasicEncoder<PacketBytes> to{std::move(packets)};
  to.put(Tag::kJob);
  for (const char byte : nonce) to.put(byte);
  to.put(static_cast<std::uint32_t>(counted.bytes().size));
  write(job, own, to);
  return std::move(to).take().finish();
}

JobReader::State JobReader::feed(std::string_view packet) {
  if (!started_) {
    Decoder from(packet);
    const auto tag = from.get<Tag>();
    if (tag == Tag::kWarmUp && from.complete()) return State::kWarmUp;
    if (tag != Tag::kJob) return State::kBroken;
    for (char& byte : nonce_) byte = from.get<char>();
    size_ = from.get<std::uint32_t>();
    packet = from.get_rest();
    if (!from.ok()) return State::kBroken;
    started_ = true;
    bytes_.reserve(size_);
  }
  if (packet.size() > size_ - bytes_.size()) return State::kBroken;
  bytes_.append(packet);
  return bytes_.size() == size_ ? finish() : State::kMore;
}

JobReader::State JobReader::finish() {
  Decoder from(bytes_);
  visit(job_, JobParser(from));
  const bool complete = from.complete();
  std::string().swap(bytes_);  // the script's memory, from now on
  return complete ? State::kJob : State::kBroken;
}

std::vector<std::string> encode(const Claim& claim, const Nonce& nonce) {
  Encoder head;
  head.put(claim.kind).put(claim.status);
  head.put(std::string_view(claim.text));
  head.put(static_cast<std::uint32_t>(claim.attachments.size()));
  for (const Attachment& attachment : claim.attachments) {
    head.put(attachment.kind);
    head.put(std::string_view(attachment.name)).put(std::string_view(attachment.bytes));
  }
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
  append(std::uint32_t{0});  // no attachments
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
    bytes_.reserve(total);
  }
  if (total != total_ || offset != bytes_.size() || chunk.size() > total_ - bytes_.size()) {
    return State::kBroken;
  }
  bytes_.append(chunk);
  size_ = bytes_.size();
  return bytes_.size() == total_ ? finish() : State::kMore;
}

ClaimReader::State ClaimReader::finish() {
  Decoder from(bytes_);
  const auto kind = from.get<std::uint8_t>();
  claim_.kind = static_cast<ClaimKind>(kind);
  claim_.status = from.get<std::int32_t>();
  claim_.text = from.get_text();
  const bool attached = read_attachments(from, claim_.attachments);
  claim_.detail = from.get_rest();
  std::string().swap(bytes_);
  return attached && from.ok() && kind <= kLastClaimKind ? State::kDone : State::kBroken;
}

}  // namespace executor
