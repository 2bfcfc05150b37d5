#include "wire/job.h"

#include <string>
#include <vector>

#include "support/boost_test.h"
#include "unit/wire_packets.h"
#include "wire/codec.h"

namespace executor {
namespace {

using namespace std::string_literals;
using test::feed_all;
using test::kNonce;
using test::sizes;
using test::text_of;

std::vector<std::string> job_packets(const Job& job, const JobInputs& own = {}) {
  std::vector<std::string> packets;
  const bool sent = send_job(job, own, kNonce, [&packets](std::string_view packet) {
    packets.emplace_back(packet);
    return true;
  });
  BOOST_TEST(sent);
  return packets;
}

BOOST_AUTO_TEST_SUITE(job_test)

BOOST_AUTO_TEST_CASE(announcements_arrive_as_they_were_sent) {
  const auto warm = decode_announcement(
      encode(Announcement{.warm = true, .failure = {}, .cpu_microseconds = 156'000}));
  BOOST_REQUIRE(warm.has_value());
  BOOST_TEST(warm->warm);
  BOOST_TEST(warm->cpu_microseconds == 156'000U);
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
  job.fit = true;
  job.preamble = "x = 1";
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
