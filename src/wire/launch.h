// What the responder asks of the launcher, the small process that stays root where workers get user
// ids of their own. One packet each way, on a socket that both have from the start:
//
//   responder → launcher:  "start" and the digest of a setup, with the zygote's end of a control
//                          socket
//   launcher → responder:  "started", with the zygote's pidfd and an end of its lifeline; or any
//                          other text, which is the reason for a refusal
//
// Through the lifeline the responder ends a zygote that it may not signal, in any state: when the
// responder's end is closed, the launcher kills the zygote and all that runs under its ids.
//
// Nothing else can be requested: which program is started, as which user, with which rights and
// which setups is the launcher's own configuration. The digest only says which of these setups is
// meant, so that both sides agree; it protects nothing.
//
// The launcher learns the setups by running the responder's command with one option more
// (kPrintSetups) before it starts the responder, with root's environment and nothing from the
// responder. That prints a line for each: a word of `kSetupLine` and the encoded setup in
// hexadecimal digits; and a line `kOnlyUidLine` where no other tier may be used.
#pragma once

#include <linux/capability.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace executor {

inline constexpr std::string_view kLaunched = "started";
inline constexpr std::size_t kLaunchedFds = 2;

inline constexpr std::string_view kPrintSetups = "--print-setups";
inline constexpr std::string_view kSetupLine = "setup ";
inline constexpr std::string_view kOnlyUidLine = "only-uid";

// Where a zygote that the launcher has started finds the socket with its setup, one packet.
inline constexpr int kSetupFd = 3;

// The rights of such a zygote, which the attestation looks at: for each worker its directories
// (CHOWN), its ids (SETUID, SETGID), its empty bounding set (SETPCAP), its end (KILL, which the
// signal at its parent's death needs as well), and the sum of its files, however it has closed its
// directories (DAC_OVERRIDE).
constexpr std::uint64_t zygote_capabilities() {
  std::uint64_t mask = 0;
  for (const unsigned capability :
       {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP}) {
    mask |= std::uint64_t{1} << capability;
  }
  return mask;
}

// Of a whole encoded message (wire/control.h). FNV-1a.
constexpr std::uint64_t digest_of(std::string_view encoded_setup) {
  std::uint64_t digest = 0xcbf29ce484222325U;
  for (const char byte : encoded_setup) {
    digest = (digest ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3U;
  }
  return digest;
}

// The request for a zygote, and the digest in one; empty when the bytes are not a whole request.
std::string encode_launch(std::uint64_t digest);
std::optional<std::uint64_t> decode_launch(std::string_view bytes);

// Bytes as pairs of hexadecimal digits, and back; empty when they are not.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace executor
