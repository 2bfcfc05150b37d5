#include "wire/claim.h"

#include <limits>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "unit/wire_packets.h"
#include "wire/codec.h"
#include "wire/job.h"

namespace executor {
namespace {

using test::feed_all;
using test::kMegabyte;
using test::kNonce;
using test::sizes;
using test::text_of;

constexpr std::size_t kMaxClaim = 9 * kMegabyte;
constexpr Nonce kOtherNonce = {'n', 'o', 'n', 'c', 'e', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11};

std::string claim_packet(const Nonce& nonce, std::uint32_t total, std::uint32_t offset,
                         const std::string& chunk) {
  return std::string(nonce.data(), nonce.size()) + Encoder().put(total).put(offset).bytes() + chunk;
}

std::string claim_body(std::uint8_t kind, const std::string& text, const std::string& detail) {
  const std::uint32_t attachments = 0;
  return Encoder().put(kind).put(std::int32_t{0}).put(text).put(attachments).bytes() + detail;
}

BOOST_AUTO_TEST_SUITE(claim_test)

BOOST_AUTO_TEST_CASE(a_claim_of_any_size_arrives_as_it_was_sent_in_packets_within_the_limit) {
  for (const std::size_t size : sizes()) {
    BOOST_TEST_CONTEXT("size " << size) {
      const Claim claim{ClaimKind::kException,
                        -3,
                        text_of(size),
                        text_of(size / 2),
                        {{AttachmentKind::kImage, "name", text_of(size / 3)},
                         {AttachmentKind::kImage, "", text_of(size / 5)}}};
      const auto packets = encode(claim, kNonce);
      for (const std::string& packet : packets) BOOST_TEST(packet.size() <= kMaxPacket);
      ClaimReader reader(kNonce, kMaxClaim);
      BOOST_TEST((feed_all(reader, packets) == ClaimReader::State::kDone));
      const Claim got = reader.take();
      BOOST_TEST((got.kind == claim.kind));
      BOOST_TEST(got.status == claim.status);
      BOOST_TEST((got.text == claim.text));
      BOOST_TEST((got.detail == claim.detail));
      BOOST_TEST((got.attachments == claim.attachments));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_kind_of_claim_arrives) {
  for (std::uint8_t kind = 0; kind <= kLastClaimKind; ++kind) {
    ClaimReader reader(kNonce, kMaxClaim);
    const Claim claim{static_cast<ClaimKind>(kind), 1, "text", "detail"};
    BOOST_TEST((reader.feed(encode(claim, kNonce)[0]) == ClaimReader::State::kDone));
    BOOST_TEST((reader.take().kind == claim.kind));
  }
}

BOOST_AUTO_TEST_CASE(a_kind_beyond_the_last_is_broken) {
  for (const int kind : {kLastClaimKind + 1, 127, 255}) {
    const std::string body = claim_body(static_cast<std::uint8_t>(kind), "", "");
    const auto size = static_cast<std::uint32_t>(body.size());
    ClaimReader reader(kNonce, kMaxClaim);
    BOOST_TEST((reader.feed(claim_packet(kNonce, size, 0, body)) == ClaimReader::State::kBroken));
  }
}

BOOST_AUTO_TEST_CASE(a_claim_without_the_nonce_is_ignored) {
  const Claim forged{ClaimKind::kReturned, 0, "\"forged\"", ""};
  const Claim real{ClaimKind::kReturned, 0, "1", ""};
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST((reader.feed(encode(forged, kOtherNonce)[0]) == ClaimReader::State::kIgnored));
  BOOST_TEST((reader.feed(encode(forged, Nonce{})[0]) == ClaimReader::State::kIgnored));
  BOOST_TEST((reader.feed(encode(real, kNonce)[0]) == ClaimReader::State::kDone));
  BOOST_TEST(reader.take().text == "1");
}

BOOST_AUTO_TEST_CASE(a_forged_packet_in_the_middle_of_a_claim_is_ignored) {
  const Claim claim{ClaimKind::kReturned, 0, text_of(kMaxPacket), ""};
  const auto packets = encode(claim, kNonce);
  BOOST_REQUIRE(packets.size() == 2U);
  const auto forged = encode(claim, kOtherNonce);
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST((reader.feed(packets[0]) == ClaimReader::State::kMore));
  BOOST_TEST((reader.feed(forged[1]) == ClaimReader::State::kIgnored));
  BOOST_TEST((reader.feed(packets[1]) == ClaimReader::State::kDone));
  BOOST_TEST((reader.take().text == claim.text));
}

BOOST_AUTO_TEST_CASE(a_packet_that_is_shorter_than_its_head_is_ignored) {
  const std::string packet = claim_packet(kNonce, 0, 0, "");
  for (std::size_t size = 0; size < packet.size(); ++size) {
    ClaimReader reader(kNonce, kMaxClaim);
    BOOST_TEST((reader.feed(packet.substr(0, size)) == ClaimReader::State::kIgnored));
  }
}

BOOST_AUTO_TEST_CASE(offsets_out_of_order_are_broken) {
  const auto packets = encode(Claim{ClaimKind::kReturned, 0, text_of(3 * kMaxPacket), ""}, kNonce);
  BOOST_REQUIRE(packets.size() == 4U);
  ClaimReader late(kNonce, kMaxClaim);
  BOOST_TEST((late.feed(packets[1]) == ClaimReader::State::kBroken));
  ClaimReader skipped(kNonce, kMaxClaim);
  BOOST_TEST((skipped.feed(packets[0]) == ClaimReader::State::kMore));
  BOOST_TEST((skipped.feed(packets[2]) == ClaimReader::State::kBroken));
  ClaimReader twice(kNonce, kMaxClaim);
  BOOST_TEST((twice.feed(packets[0]) == ClaimReader::State::kMore));
  BOOST_TEST((twice.feed(packets[1]) == ClaimReader::State::kMore));
  BOOST_TEST((twice.feed(packets[1]) == ClaimReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(a_total_that_is_too_large_is_broken) {
  const std::string body = claim_body(0, text_of(100), "");
  const auto size = static_cast<std::uint32_t>(body.size());
  ClaimReader exact(kNonce, size);
  BOOST_TEST((exact.feed(claim_packet(kNonce, size, 0, body)) == ClaimReader::State::kDone));
  ClaimReader smaller(kNonce, size - 1);
  BOOST_TEST((smaller.feed(claim_packet(kNonce, size, 0, body)) == ClaimReader::State::kBroken));
  ClaimReader absurd(kNonce, kMaxClaim);
  BOOST_TEST((absurd.feed(claim_packet(kNonce, std::numeric_limits<std::uint32_t>::max(), 0,
                                       body)) == ClaimReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(a_total_that_changes_on_the_way_is_broken) {
  const std::string body = claim_body(0, text_of(100), "");
  const auto size = static_cast<std::uint32_t>(body.size());
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST((reader.feed(claim_packet(kNonce, size, 0, body.substr(0, 10))) ==
              ClaimReader::State::kMore));
  BOOST_TEST((reader.feed(claim_packet(kNonce, size + 1, 10, body.substr(10))) ==
              ClaimReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(more_than_the_total_is_broken) {
  const std::string body = claim_body(0, "", "");
  const auto size = static_cast<std::uint32_t>(body.size());
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST(
      (reader.feed(claim_packet(kNonce, size, 0, body + "x")) == ClaimReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(half_a_claim_is_not_done) {
  const auto packets = encode(Claim{ClaimKind::kReturned, 0, text_of(kMaxPacket), ""}, kNonce);
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST((reader.feed(packets[0]) == ClaimReader::State::kMore));
}

BOOST_AUTO_TEST_CASE(a_claim_without_a_body_is_broken) {
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST((reader.feed(claim_packet(kNonce, 0, 0, "")) == ClaimReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(a_claim_whose_text_is_longer_than_its_body_is_broken) {
  std::string body = claim_body(0, "abc", "");
  body.replace(5, 4, Encoder().put(std::uint32_t{4}).bytes());
  ClaimReader reader(kNonce, kMaxClaim);
  const auto size = static_cast<std::uint32_t>(body.size());
  BOOST_TEST((reader.feed(claim_packet(kNonce, size, 0, body)) == ClaimReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(attachments_of_an_unknown_kind_cut_ones_and_too_many_are_broken) {
  const auto state = [](const std::string& attachments) {
    const std::string body = Encoder()
                                 .put(ClaimKind::kReturned)
                                 .put(std::int32_t{0})
                                 .put(std::string_view("1"))
                                 .bytes() +
                             attachments;
    ClaimReader reader(kNonce, kMaxClaim);
    return reader.feed(claim_packet(kNonce, static_cast<std::uint32_t>(body.size()), 0, body));
  };
  const auto one = [](int kind) {
    return Encoder()
        .put(std::uint32_t{1})
        .put(static_cast<std::uint8_t>(kind))
        .put(std::string_view("n"))
        .put(std::string_view("b"))
        .bytes();
  };
  BOOST_TEST((state(one(kLastAttachmentKind)) == ClaimReader::State::kDone));
  BOOST_TEST((state(one(kLastAttachmentKind + 1)) == ClaimReader::State::kBroken));
  for (std::size_t size = 0; size < one(0).size(); ++size) {
    BOOST_TEST((state(one(0).substr(0, size)) == ClaimReader::State::kBroken));
  }
  for (const std::uint32_t more : {0U, 1U}) {
    const auto count = static_cast<std::uint32_t>(kMaxAttachments + more);
    const std::string empty(9, '\0');
    std::string many = Encoder().put(count).bytes();
    for (std::uint32_t i = 0; i < count; ++i) many += empty;
    BOOST_TEST((state(many) == ClaimReader::State::kBroken) == (more > 0));
  }
}

// A signal may end the worker between two packets of its claim.
BOOST_AUTO_TEST_CASE(a_claim_that_starts_anew_replaces_half_a_claim) {
  const auto packets = encode(Claim{ClaimKind::kReturned, 0, text_of(kMaxPacket), ""}, kNonce);
  const auto signal = encode_signal_claim(15, kNonce);
  ClaimReader reader(kNonce, kMaxClaim);
  BOOST_TEST((reader.feed(packets[0]) == ClaimReader::State::kMore));
  BOOST_TEST((reader.feed({signal.data(), signal.size()}) == ClaimReader::State::kDone));
  BOOST_TEST((reader.take().kind == ClaimKind::kSignaled));
}

BOOST_AUTO_TEST_CASE(a_second_claim_does_not_mix_with_the_first) {
  ClaimReader reader(kNonce, kMaxClaim);
  const Claim first{ClaimKind::kException, 1, "first", "detail of the first"};
  const Claim second{ClaimKind::kReturned, 0, "2", ""};
  BOOST_TEST((reader.feed(encode(first, kNonce)[0]) == ClaimReader::State::kDone));
  BOOST_TEST(reader.take().text == "first");
  BOOST_TEST((reader.feed(encode(second, kNonce)[0]) == ClaimReader::State::kDone));
  const Claim got = reader.take();
  BOOST_TEST((got.kind == ClaimKind::kReturned));
  BOOST_TEST(got.text == "2");
  BOOST_TEST(got.detail == "");
}

BOOST_AUTO_TEST_CASE(a_signal_claim_is_the_same_claim_as_any_other_sender_would_make) {
  const auto signal = encode_signal_claim(11, kNonce);
  const auto packets = encode(Claim{ClaimKind::kSignaled, 11, "", ""}, kNonce);
  BOOST_REQUIRE(packets.size() == 1U);
  BOOST_TEST((std::string(signal.data(), signal.size()) == packets[0]));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
