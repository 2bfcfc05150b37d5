#include "wire/control.h"

#include <cerrno>
#include <limits>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "wire/codec.h"

namespace executor {
namespace {

using namespace std::string_literals;

// Every field differs from its default and from the others, so that no two can be mixed up.
Setup full_setup() {
  Setup setup;
  setup.tier = Tier::kNamespaces;
  setup.uids = {1, 2};
  setup.own_ids = true;
  setup.limits = {.memory = 1ULL << 40U,
                  .file_size = 2,
                  .scratch = 3,
                  .scratch_inodes = 4,
                  .result = 5,
                  .cpu_seconds = 6,
                  .processes = 7,
                  .open_files = 8};
  setup.preload = {"numpy", "pandas"};
  setup.expose = {"/srv/data"};
  setup.path = {"/opt/venv/lib", "", "/opt/\xC3\xA9"};
  setup.python = "/opt/venv/bin/python3";
  setup.warm_up = "def main():\n  return '\0'\n"s;
  return setup;
}

WorkerExited full_exit() {
  return {.id = std::numeric_limits<std::uint64_t>::max(),
          .wait_status = -1,
          .user_microseconds = 2,
          .system_microseconds = 3,
          .max_rss_kilobytes = 4,
          .page_faults = 5};
}

std::vector<std::string> messages_to_the_zygote() {
  return {encode(ToZygote(full_setup())), encode(ToZygote(Setup())), encode(ToZygote(Spawn{4})),
          encode(ToZygote(GivenIds{5}))};
}

std::vector<std::string> messages_from_the_zygote() {
  return {encode(FromZygote(NeedsIds())), encode(FromZygote(Ready{"3.11.2"})),
          encode(FromZygote(WorkerStarted{42})), encode(FromZygote(full_exit())),
          encode(FromZygote(ZygoteFailed{"mount /proc", 0}))};
}

BOOST_AUTO_TEST_SUITE(control_test)

BOOST_AUTO_TEST_CASE(a_setup_arrives_as_it_was_sent) {
  const Setup sent = full_setup();
  const auto message = decode_to_zygote(encode(ToZygote(sent)));
  BOOST_REQUIRE(message.has_value());
  const auto* setup = std::get_if<Setup>(&*message);
  BOOST_REQUIRE(setup != nullptr);
  BOOST_TEST((setup->tier == sent.tier));
  BOOST_TEST(setup->uids.first == sent.uids.first);
  BOOST_TEST(setup->uids.last == sent.uids.last);
  BOOST_TEST(setup->limits.memory == sent.limits.memory);
  BOOST_TEST(setup->limits.file_size == sent.limits.file_size);
  BOOST_TEST(setup->limits.scratch == sent.limits.scratch);
  BOOST_TEST(setup->limits.scratch_inodes == sent.limits.scratch_inodes);
  BOOST_TEST(setup->limits.result == sent.limits.result);
  BOOST_TEST(setup->limits.cpu_seconds == sent.limits.cpu_seconds);
  BOOST_TEST(setup->limits.processes == sent.limits.processes);
  BOOST_TEST(setup->limits.open_files == sent.limits.open_files);
  BOOST_TEST((setup->preload == sent.preload));
  BOOST_TEST((setup->expose == sent.expose));
  BOOST_TEST((setup->path == sent.path));
  BOOST_TEST(setup->python == sent.python);
  BOOST_TEST(setup->warm_up == sent.warm_up);
}

BOOST_AUTO_TEST_CASE(a_spawn_arrives_as_it_was_sent) {
  const auto message = decode_to_zygote(encode(ToZygote(Spawn{3})));
  BOOST_REQUIRE(message.has_value());
  BOOST_REQUIRE(std::holds_alternative<Spawn>(*message));
  BOOST_TEST(std::get<Spawn>(*message).count == 3U);
}

BOOST_AUTO_TEST_CASE(a_running_zygote_reads_an_order_for_workers_and_nothing_else) {
  const auto spawn = decode_spawn(encode(ToZygote(Spawn{3})));
  BOOST_REQUIRE(spawn.has_value());
  BOOST_TEST(spawn->count == 3U);
  BOOST_TEST(!decode_spawn(encode(ToZygote(full_setup()))).has_value());
  BOOST_TEST(!decode_spawn(encode(ToZygote(Spawn{3})) + "?").has_value());
  BOOST_TEST(!decode_spawn(encode(ToZygote(Spawn{3})).substr(0, 4)).has_value());
  BOOST_TEST(!decode_spawn("").has_value());
  BOOST_TEST(decode_spawn(encode(ToZygote(Spawn{kMaxSpawned}))).has_value());
  BOOST_TEST(!decode_spawn(encode(ToZygote(Spawn{kMaxSpawned + 1}))).has_value());
}

BOOST_AUTO_TEST_CASE(ready_arrives_as_it_was_sent) {
  const auto message = decode_from_zygote(encode(FromZygote(Ready{"3.11.2"})));
  BOOST_REQUIRE(message.has_value());
  BOOST_REQUIRE(std::holds_alternative<Ready>(*message));
  BOOST_TEST(std::get<Ready>(*message).python_version == "3.11.2");
}

BOOST_AUTO_TEST_CASE(a_started_worker_arrives_as_it_was_sent) {
  const auto message = decode_from_zygote(encode(FromZygote(WorkerStarted{1ULL << 40U})));
  BOOST_REQUIRE(message.has_value());
  BOOST_REQUIRE(std::holds_alternative<WorkerStarted>(*message));
  BOOST_TEST(std::get<WorkerStarted>(*message).id == 1ULL << 40U);
}

BOOST_AUTO_TEST_CASE(an_ended_worker_arrives_as_it_was_sent) {
  const WorkerExited sent = full_exit();
  const auto message = decode_from_zygote(encode(FromZygote(sent)));
  BOOST_REQUIRE(message.has_value());
  const auto* exited = std::get_if<WorkerExited>(&*message);
  BOOST_REQUIRE(exited != nullptr);
  BOOST_TEST(exited->id == sent.id);
  BOOST_TEST(exited->wait_status == sent.wait_status);
  BOOST_TEST(exited->user_microseconds == sent.user_microseconds);
  BOOST_TEST(exited->system_microseconds == sent.system_microseconds);
  BOOST_TEST(exited->max_rss_kilobytes == sent.max_rss_kilobytes);
  BOOST_TEST(exited->page_faults == sent.page_faults);
}

BOOST_AUTO_TEST_CASE(a_failure_arrives_as_it_was_sent) {
  const auto message = decode_from_zygote(encode(FromZygote(ZygoteFailed{"mount: \xFF", EPERM})));
  BOOST_REQUIRE(message.has_value());
  BOOST_REQUIRE(std::holds_alternative<ZygoteFailed>(*message));
  BOOST_TEST(std::get<ZygoteFailed>(*message).text == "mount: \xFF");
  BOOST_TEST(std::get<ZygoteFailed>(*message).error == EPERM);
}

BOOST_AUTO_TEST_CASE(every_truncation_of_every_message_is_refused) {
  for (const std::string& bytes : messages_to_the_zygote()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      BOOST_TEST(!decode_to_zygote(bytes.substr(0, size)).has_value());
    }
  }
  for (const std::string& bytes : messages_from_the_zygote()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      BOOST_TEST(!decode_from_zygote(bytes.substr(0, size)).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_message_with_trailing_bytes_is_refused) {
  for (const std::string& bytes : messages_to_the_zygote()) {
    BOOST_TEST(decode_to_zygote(bytes).has_value());
    BOOST_TEST(!decode_to_zygote(bytes + '\0').has_value());
  }
  for (const std::string& bytes : messages_from_the_zygote()) {
    BOOST_TEST(decode_from_zygote(bytes).has_value());
    BOOST_TEST(!decode_from_zygote(bytes + '\0').has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_message_of_the_other_direction_is_refused) {
  for (const std::string& bytes : messages_to_the_zygote()) {
    BOOST_TEST(!decode_from_zygote(bytes).has_value());
  }
  for (const std::string& bytes : messages_from_the_zygote()) {
    BOOST_TEST(!decode_to_zygote(bytes).has_value());
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_tag_is_refused_whatever_follows_it) {
  constexpr int kFirstUnknown = 8;
  for (int tag = kFirstUnknown; tag < 256; ++tag) {
    const std::string head(1, static_cast<char>(tag));
    for (const std::string& rest : {""s, "\0\0\0\0"s, std::string(64, '\0')}) {
      BOOST_TEST(!decode_to_zygote(head + rest).has_value());
      BOOST_TEST(!decode_from_zygote(head + rest).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_length_that_is_too_large_is_refused) {
  std::string bytes = encode(FromZygote(ZygoteFailed{"x", 0}));
  bytes.replace(1, 4, Encoder().put(std::numeric_limits<std::uint32_t>::max()).bytes());
  BOOST_TEST(!decode_from_zygote(bytes).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
