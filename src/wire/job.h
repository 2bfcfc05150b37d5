// What the responder and one worker say to each other on the worker's job socket.
//
//   worker → responder:  Announcement ("I am warm", or "I could not be made: step, errno")
//   responder → worker:  WarmUp (any number), then one job, then nothing more
//   worker → responder:  one claim
//
// A job carries a nonce that the script never sees as a value, and a claim without it is ignored:
// what a script writes to descriptors that it finds changes nothing. Jobs and claims may be
// larger than a packet and are then sent in several.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/claim.h"
#include "wire/dialect.h"
#include "wire/lower_limits.h"
#include "wire/packet.h"

namespace executor {

using Nonce = std::array<char, 16>;

// The descriptor number of the job socket in a worker. The seccomp filter protects it by number,
// also in programs that a script starts, which must be able to use low numbers (`exec 3>file`).
inline constexpr int kJobSocket = 1000;

// What a worker says before its job.
struct Announcement {
  bool warm = false;
  std::string failure;                 // when not warm: the step of its confinement that failed
  std::uint64_t cpu_microseconds = 0;  // when warm: what it has used to become so
};
std::string encode(const Announcement& announcement);
std::optional<Announcement> decode_announcement(std::string_view bytes);

// A file of the run: its path below the working directory, and its content.
struct InputFile {
  std::string path;
  std::string bytes;

  bool operator==(const InputFile&) const = default;
};

// Which files are to come with the claim.
struct WantedFiles {
  bool changed = false;              // those that are new or changed
  std::vector<std::string> globs{};  // those whose paths match one of these

  [[nodiscard]] bool any() const { return changed || !globs.empty(); }
  bool operator==(const WantedFiles&) const = default;
};

struct EnvironmentVariable {
  std::string name;
  std::string value;

  bool operator==(const EnvironmentVariable&) const = default;
};

// What a worker is to run: the part of a request that concerns the worker. Every member but the
// first two may be absent, and is then its default.
struct Job {
  Dialect dialect = Dialect::kFunction;
  std::string source{};     // UTF-8, not empty; may contain NUL
  bool images = false;      // the figures that the script leaves open are to come with the claim
  bool last_value = false;  // and the repr() of the last statement's value
  std::string arguments{};  // of main(), JSON: an array or object; empty: none
  std::string variables{};  // global variables, JSON: an object; empty: none
  std::vector<std::string> argv{};         // sys.argv[1:]
  std::vector<EnvironmentVariable> env{};  // added to the environment
  std::string input{};                     // what descriptor 0 gives
  WantedFiles outputs{};                   // of what the run leaves there
  LowerLimits limits{};                    // of this run
  std::vector<InputFile> files{};          // written before the run
  bool fit = false;        // of the named arguments, main() gets those that its parameters ask for
  std::string preamble{};  // UTF-8; runs before the source, in the same module

  bool operator==(const Job&) const = default;
};

// Calls `field(name, member)` for each member, in the order of the wire. The names are the keywords
// of the harness's begin(). A new member is a line here, and no other place enumerates them.
template <typename AJob, typename Visitor>
void visit(AJob& job, Visitor&& field) {
  field("dialect", job.dialect);
  field("source", job.source);
  field("images", job.images);
  field("last_value", job.last_value);
  field("arguments", job.arguments);
  field("variables", job.variables);
  field("argv", job.argv);
  field("env", job.env);
  field("input", job.input);
  field("outputs", job.outputs);
  field("limits", job.limits);
  field("files", job.files);
  field("fit", job.fit);
  field("preamble", job.preamble);
}

// What one of several runs of a job has instead of what the job says.
struct JobInputs {
  std::optional<std::string> arguments{};
  std::optional<std::vector<std::string>> argv{};
  std::optional<std::vector<EnvironmentVariable>> env{};
  std::optional<std::string> input{};
  std::optional<std::vector<InputFile>> files{};

  bool operator==(const JobInputs&) const = default;
};

// Whether the packet was taken.
using SendPacket = std::function<bool(std::string_view)>;
// Sends a job, with what one run of it has of its own, in packets, in order. False as soon as one
// was not taken.
bool send_job(const Job& job, const JobInputs& own, const Nonce& nonce, const SendPacket& send);
// The request to run the warm-up again (imports nothing, leaves no trace).
std::string encode_warm_up();

// Puts the packets of a job together. Their sender is trusted, their order is the socket's.
class JobReader {
 public:
  enum class State : std::uint8_t { kMore, kWarmUp, kJob, kBroken };
  // Takes one packet. kWarmUp and kJob mean that one is complete.
  State feed(std::string_view packet);
  [[nodiscard]] const Nonce& nonce() const { return nonce_; }
  // After kJob. Moves it out.
  [[nodiscard]] Job take() { return std::move(job_); }

 private:
  State finish();

  bool started_ = false;
  Nonce nonce_{};
  std::size_t size_ = 0;
  std::string bytes_;
  Job job_;
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
  // Bytes of it that have come.
  [[nodiscard]] std::size_t size() const { return size_; }
  // After kDone: the claim. Moves it out.
  [[nodiscard]] Claim take() { return std::move(claim_); }

 private:
  State finish();

  Nonce nonce_;
  std::size_t max_size_;
  std::uint32_t total_ = 0;
  std::size_t size_ = 0;
  std::string bytes_;
  Claim claim_;
};

}  // namespace executor
