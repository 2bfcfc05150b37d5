#include "wire/job.h"

#include <limits>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "wire/codec.h"

namespace executor {
namespace {

using namespace std::string_literals;

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
  const std::uint32_t attachments = 0;
  return Encoder().put(kind).put(std::int32_t{0}).put(text).put(attachments).bytes() + detail;
}

std::vector<std::string> job_packets(const Job& job, const JobInputs& own = {}) {
  std::vector<std::string> packets;
  const bool sent = send_job(job, own, kNonce, [&packets](std::string_view packet) {
    packets.emplace_back(packet);
    return true;
  });
  BOOST_TEST(sent);
  return packets;
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

BOOST_AUTO_TEST_CASE(an_announcement_that_is_cut_or_unknown_is_invalid) {
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
      const auto packets = job_packets({Dialect::kProgram, source});
      for (const std::string& packet : packets) BOOST_TEST(packet.size() <= kMaxPacket);
      JobReader reader;
      BOOST_TEST((feed_all(reader, packets) == JobReader::State::kJob));
      BOOST_TEST((reader.nonce() == kNonce));
      BOOST_TEST((reader.take() == Job{Dialect::kProgram, source}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_job_says_whether_images_are_wanted) {
  for (const bool wanted : {false, true}) {
    JobReader reader;
    feed_all(reader, job_packets({Dialect::kFunction, "pass", wanted}));
    BOOST_TEST(reader.take().images == wanted);
  }
}

BOOST_AUTO_TEST_CASE(every_member_of_a_job_arrives) {
  Job job{Dialect::kProgram, "pass", true, true, "[1]", R"({"v": 1})", {"a", ""}};
  job.env = {{"A", "x"}, {"B", ""}};
  job.input = text_of(2 * kMaxPacket);
  job.outputs = {true, {"*.csv", ""}};
  job.limits = {1, 2, 3, 4, 5, 6, 7, ~std::uint64_t{0}};
  job.files = {{"a/b", text_of(kMaxPacket)}, {"c", ""}};
  JobReader reader;
  BOOST_TEST((feed_all(reader, job_packets(job)) == JobReader::State::kJob));
  BOOST_TEST((reader.take() == job));
}

BOOST_AUTO_TEST_CASE(a_warm_up_may_come_any_number_of_times_before_the_job) {
  JobReader reader;
  BOOST_TEST((reader.feed(encode_warm_up()) == JobReader::State::kWarmUp));
  BOOST_TEST((reader.feed(encode_warm_up()) == JobReader::State::kWarmUp));
  const auto packets = job_packets({Dialect::kFunction, "pass"});
  BOOST_TEST((feed_all(reader, packets) == JobReader::State::kJob));
  BOOST_TEST(reader.take().source == "pass");
}

BOOST_AUTO_TEST_CASE(what_a_run_has_of_its_own_takes_the_place_of_what_the_job_says) {
  const Job shared{.dialect = Dialect::kFunction,
                   .source = "pass",
                   .arguments = "[1]",
                   .variables = "{\"v\": 1}",
                   .argv = {"a"},
                   .env = {{"A", "b"}},
                   .input = text_of(3 * kMaxPacket),
                   .files = {{"f", "shared"}}};
  const auto arrived = [&shared](const JobInputs& own) {
    JobReader reader;
    BOOST_TEST((feed_all(reader, job_packets(shared, own)) == JobReader::State::kJob));
    return reader.take();
  };
  BOOST_TEST((arrived({}) == shared));
  const JobInputs own{.arguments = "{}",
                      .argv = std::vector<std::string>{},
                      .env = std::vector<EnvironmentVariable>{{"C", "d"}},
                      .input = "own",
                      .files = std::vector<InputFile>{{"g", "own"}}};
  Job expected = shared;
  expected.arguments = *own.arguments;
  expected.argv = *own.argv;
  expected.env = *own.env;
  expected.input = *own.input;
  expected.files = *own.files;
  BOOST_TEST((arrived(own) == expected));
}

BOOST_AUTO_TEST_CASE(a_job_is_sent_no_further_once_a_packet_was_not_taken) {
  int packets = 0;
  const Job job{Dialect::kFunction, text_of(5 * kMaxPacket)};
  BOOST_TEST(!send_job(job, {}, kNonce, [&packets](std::string_view) { return ++packets < 2; }));
  BOOST_TEST(packets == 2);
}

BOOST_AUTO_TEST_CASE(a_job_whose_head_is_cut_is_broken) {
  const std::string packet = job_packets({Dialect::kFunction, ""})[0];
  constexpr std::size_t kHead = 1 + sizeof(Nonce) + sizeof(std::uint32_t);
  for (std::size_t size = 0; size < kHead; ++size) {
    JobReader reader;
    BOOST_TEST((reader.feed(packet.substr(0, size)) == JobReader::State::kBroken));
  }
}

BOOST_AUTO_TEST_CASE(more_source_than_was_announced_is_broken) {
  JobReader one;
  BOOST_TEST(
      (one.feed(job_packets({Dialect::kFunction, "pass"})[0] + "!") == JobReader::State::kBroken));
  auto packets = job_packets({Dialect::kFunction, text_of(kMaxPacket)});
  packets.back() += "!";
  JobReader several;
  BOOST_TEST((feed_all(several, packets) == JobReader::State::kBroken));
}

BOOST_AUTO_TEST_CASE(a_job_whose_members_are_not_what_was_announced_is_broken) {
  const std::string whole = job_packets(Job{Dialect::kFunction, "pass"}).front();
  constexpr std::size_t kSize = 1 + sizeof(Nonce);
  std::string bytes = whole;
  const auto body = static_cast<std::uint32_t>(whole.size() - kSize - sizeof(std::uint32_t));
  for (std::uint32_t size = 0; size < body; ++size) {
    bytes.replace(kSize, sizeof size, Encoder().put(size).bytes());
    JobReader reader;
    BOOST_TEST(
        (reader.feed(bytes.substr(0, bytes.size() - body + size)) == JobReader::State::kBroken));
  }
  bytes.replace(kSize, sizeof body, Encoder().put(body + 1).bytes());
  JobReader longer;
  BOOST_TEST((longer.feed(bytes + "x") == JobReader::State::kBroken));
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
