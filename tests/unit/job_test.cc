#include "wire/job.h"

#include <limits>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "wire/codec.h"

using namespace std::string_literals;

namespace executor {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;
constexpr std::size_t kMaxClaim = 9 * kMegabyte;
constexpr Nonce kNonce = {'n', 'o', 'n', 'c', 'e', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
constexpr Nonce kOtherNonce = {'n', 'o', 'n', 'c', 'e', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11};

// Around every size at which a message takes one packet more.
const std::vector<std::size_t>& sizes() {
  static const std::vector<std::size_t> sizes = {0,
                                                 1,
                                                 kMaxPacket - 64,
                                                 kMaxPacket - 22,
                                                 kMaxPacket - 21,
                                                 kMaxPacket - 1,
                                                 kMaxPacket,
                                                 kMaxPacket + 1,
                                                 2 * kMaxPacket - 21,
                                                 2 * kMaxPacket,
                                                 kMegabyte};
  return sizes;
}

// Text in which no two packets are alike.
std::string text_of(std::size_t size) {
  std::string text;
  text.reserve(size + 8);
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + "\n";
  text.resize(size);
  return text;
}

std::string claim_packet(const Nonce& nonce, std::uint32_t total, std::uint32_t offset,
                         const std::string& chunk) {
  return std::string(nonce.data(), nonce.size()) + Encoder().put(total).put(offset).bytes() + chunk;
}

std::string claim_body(std::uint8_t kind, const std::string& text, const std::string& detail) {
  const std::string images;
  return Encoder().put(kind).put(std::int32_t{0}).put(text).put(images).bytes() + detail;
}

// The state after the last of the packets; every one before it must ask for more.
template <typename Reader>
typename Reader::State feed_all(Reader& reader, const std::vector<std::string>& packets) {
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    BOOST_TEST((reader.feed(packets[i]) == Reader::State::kMore));
  }
  return reader.feed(packets.back());
}

BOOST_AUTO_TEST_SUITE(job_test)

BOOST_AUTO_TEST_CASE(announcements_arrive_as_they_were_sent) {
  const auto warm = decode_announcement(encode(Announcement{.warm = true, .failure = {}}));
  BOOST_REQUIRE(warm.has_value());
  BOOST_TEST(warm->warm);
  const auto failed = decode_announcement(encode(Announcement{.warm = false, .failure = "mount"}));
  BOOST_REQUIRE(failed.has_value());
  BOOST_TEST(!failed->warm);
  BOOST_TEST(failed->failure == "mount");
}

BOOST_AUTO_TEST_CASE(an_announcement_that_is_cut_or_unknown_is_none) {
  const std::string failed = encode(Announcement{.warm = false, .failure = "mount"});
  for (std::size_t size = 0; size < failed.size(); ++size) {
    BOOST_TEST(!decode_announcement(failed.substr(0, size)).has_value());
  }
  BOOST_TEST(!decode_announcement(failed + "x").has_value());
  BOOST_TEST(!decode_announcement("\1x").has_value());
  BOOST_TEST(!decode_announcement("\0"s).has_value());
  BOOST_TEST(!decode_announcement("{}").has_value());
  BOOST_TEST(!decode_announcement(encode_warm_up()).has_value());
}

BOOST_AUTO_TEST_CASE(a_job_of_any_size_arrives_as_it_was_sent_in_packets_within_the_limit) {
  for (const std::size_t size : sizes()) {
    BOOST_TEST_CONTEXT("size " << size) {
      const std::string source = text_of(size);
      const auto packets = encode(JobMessage{1, kNonce, source});
      for (const std::string& packet : packets) BOOST_TEST(packet.size() <= kMaxPacket);
      JobReader reader;
      BOOST_TEST((feed_all(reader, packets) == JobReader::State::kJob));
      BOOST_TEST(reader.dialect() == 1);
      BOOST_TEST((reader.nonce() == kNonce));
      BOOST_TEST((reader.source() == source));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_job_says_whether_images_are_wanted) {
  for (const bool wanted : {false, true}) {
    JobReader reader;
    feed_all(reader, encode(JobMessage{0, kNonce, "pass", wanted}));
    BOOST_TEST(reader.images() == wanted);
  }
}

BOOST_AUTO_TEST_CASE(a_warm_up_may_come_any_number_of_times_before_the_job) {
  JobReader reader;
  BOOST_TEST((reader.feed(encode_warm_up()) == JobReader::State::kWarmUp));
  BOOST_TEST((reader.feed(encode_warm_up()) == JobReader::State::kWarmUp));
  const auto packets = encode(JobMessage{0, kNonce, "pass"});
  BOOST_TEST((feed_all(reader, packets) == JobReader::State::kJob));
  BOOST_TEST(reader.source() == "pass");
}

BOOST_AUTO_TEST_CASE(a_job_whose_head_is_cut_is_broken) {
  const std::string packet = encode(JobMessage{0, kNonce, ""})[0];
  for (std::size_t size = 0; size < packet.size(); ++size) {
    JobReader reader;
    BOOST_TEST((reader.feed(packet.substr(0, size)) == JobReader::State::kBroken));
  }
}

BOOST_AUTO_TEST_CASE(more_source_than_was_announced_is_broken) {
  JobReader one;
  BOOST_TEST(
      (one.feed(encode(JobMessage{0, kNonce, "pass"})[0] + "!") == JobReader::State::kBroken));
  auto packets = encode(JobMessage{0, kNonce, text_of(kMaxPacket)});
  packets.back() += "!";
  JobReader several;
  BOOST_TEST((feed_all(several, packets) == JobReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(what_is_neither_a_warm_up_nor_a_job_is_broken) {
  for (const std::string& packet : {"\0"s, "\xFF"s, encode_warm_up() + "x",
                                    encode(Announcement{.warm = true, .failure = {}})}) {
    JobReader reader;
    BOOST_TEST((reader.feed(packet) == JobReader::State::kBroken));
  }
}

BOOST_AUTO_TEST_CASE(a_claim_of_any_size_arrives_as_it_was_sent_in_packets_within_the_limit) {
  for (const std::size_t size : sizes()) {
    BOOST_TEST_CONTEXT("size " << size) {
      const Claim claim{ClaimKind::kException, -3, text_of(size), text_of(size / 2),
                        text_of(size / 3)};
      const auto packets = encode(claim, kNonce);
      for (const std::string& packet : packets) BOOST_TEST(packet.size() <= kMaxPacket);
      ClaimReader reader(kNonce, kMaxClaim);
      BOOST_TEST((feed_all(reader, packets) == ClaimReader::State::kDone));
      const Claim got = reader.take();
      BOOST_TEST((got.kind == claim.kind));
      BOOST_TEST(got.status == claim.status);
      BOOST_TEST((got.text == claim.text));
      BOOST_TEST((got.detail == claim.detail));
      BOOST_TEST((got.images == claim.images));
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
