// What the responder and one worker say to each other on the worker's job socket.
//
//   worker → responder:  Announcement ("I am warm", or "I could not be made: step, errno")
//   responder → worker:  WarmUp (any number), then one job, then nothing more
//   worker → responder:  one claim
//
// A job carries a nonce that the script never gets to see as a value, and a claim without it is not
// read: what a script writes to descriptors that it finds changes nothing. Jobs and claims may be
// larger than a packet and then travel in several.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/claim.h"
#include "wire/packet.h"

namespace executor {

using Nonce = std::array<char, 16>;

// The number that the job socket has in a worker. The seccomp filter protects it by number, also in
// the programs that a script starts, which must be able to use the low ones (`exec 3>file`).
inline constexpr int kJobSocket = 1000;

// What a worker says before its job.
struct Announcement {
  bool warm = false;
  std::string failure;  // when not warm: the step of its confinement that failed
};
std::string encode(const Announcement& announcement);
std::optional<Announcement> decode_announcement(std::string_view bytes);

// What a worker is sent.
struct JobMessage {
  std::uint8_t dialect = 0;  // 0 function, 1 program
  Nonce nonce{};
  std::string_view source;
  bool images = false;  // open plots are to come with the claim
};

// The packets of a job, in order.
std::vector<std::string> encode(const JobMessage& job);
// The request to run the warm-up once more (imports nothing, leaves no trace).
std::string encode_warm_up();

// Puts the packets of a job together. Their sender is trusted, their order is the socket's.
class JobReader {
 public:
  enum class State : std::uint8_t { kMore, kWarmUp, kJob, kBroken };
  // Takes one packet. kWarmUp and kJob mean that one is complete.
  State feed(std::string_view packet);
  [[nodiscard]] std::uint8_t dialect() const { return dialect_; }
  [[nodiscard]] const Nonce& nonce() const { return nonce_; }
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] bool images() const { return images_; }

 private:
  bool started_ = false;
  std::uint8_t dialect_ = 0;
  Nonce nonce_{};
  bool images_ = false;
  std::size_t size_ = 0;
  std::string source_;
};

// The packets of a claim, in order.
std::vector<std::string> encode(const Claim& claim, const Nonce& nonce);

// The one packet of a claim of kind kSignaled, made without allocating: for signal handlers.
inline constexpr std::size_t kSignalClaimSize = sizeof(Nonce) + 4 + 4 + 1 + 4 + 4 + 4;
std::array<char, kSignalClaimSize> encode_signal_claim(int signal, const Nonce& nonce);

// Puts the packets of a claim together. Their sender is hostile: packets without the nonce are
// ignored, and nothing is allocated beyond `max_size`.
class ClaimReader {
 public:
  enum class State : std::uint8_t { kMore, kIgnored, kDone, kBroken };
  ClaimReader(const Nonce& nonce, std::size_t max_size) : nonce_(nonce), max_size_(max_size) {}
  State feed(std::string_view packet);
  // After kDone: the claim. Moves it out.
  [[nodiscard]] Claim take() { return std::move(claim_); }

 private:
  State finish();

  Nonce nonce_;
  std::size_t max_size_;
  std::uint32_t total_ = 0;
  std::string bytes_;
  Claim claim_;
};

}  // namespace executor
