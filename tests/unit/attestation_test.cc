#include "jail/attestation.h"

#include <string>
#include <vector>

#include "jail/canary.h"
#include "support/boost_test.h"
#include "unit/sound_facts.h"

namespace executor {
namespace {

using test::canary_output;
using test::first_word;
using test::inside;
using test::outside;

BOOST_AUTO_TEST_SUITE(attestation_test)

BOOST_AUTO_TEST_CASE(a_sandbox_of_which_every_fact_is_fine_misses_nothing) {
  const auto missing = missing_facts(Setup(), inside(), outside());
  BOOST_TEST_CONTEXT(missing.size()
                     << " missing, first: " << (missing.empty() ? "" : missing.front())) {
    BOOST_TEST(missing.empty());
  }
}

BOOST_AUTO_TEST_CASE(each_fact_that_is_missing_is_named_and_it_alone) {
  for (const auto& [name, value] : inside()) {
    Facts facts = inside();
    facts.erase(name);
    const auto missing = missing_facts(Setup(), facts, outside());
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is unknown, not \"" + value + "\"");
  }
  for (const auto& [name, value] : outside()) {
    Facts facts = outside();
    facts.erase(name);
    const auto missing = missing_facts(Setup(), inside(), facts);
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is unknown, not \"" + value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(each_fact_that_is_different_is_named_and_it_alone) {
  for (const auto& [name, value] : inside()) {
    for (const std::string& changed : {value + " ", value + "0", std::string("else")}) {
      Facts facts = inside();
      facts[name] = changed;
      const auto missing = missing_facts(Setup(), facts, outside());
      BOOST_REQUIRE(missing.size() == 1U);
      BOOST_TEST(missing[0] == name + " is \"" + changed + "\", not \"" + value + "\"");
    }
  }
  for (const auto& [name, value] : outside()) {
    Facts facts = outside();
    facts[name] = "shared";
    const auto missing = missing_facts(Setup(), inside(), facts);
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is \"shared\", not \"" + value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(no_facts_at_all_miss_every_promise) {
  BOOST_TEST(missing_facts(Setup(), {}, {}).size() == inside().size() + outside().size());
}

BOOST_AUTO_TEST_CASE(what_is_seen_from_outside_cannot_be_claimed_from_inside) {
  Facts claimed = inside();
  claimed.merge(outside());
  Facts seen = outside();
  seen["ns.net"] = "shared";
  const auto missing = missing_facts(Setup(), claimed, seen);
  BOOST_REQUIRE(missing.size() == 1U);
  BOOST_TEST(first_word(missing[0]) == "ns.net");
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_facts_are_ignored) {
  const Facts facts = parse_facts("hello\n\nuid\t0\n \nno tab here\nvalue\twith\ttabs\nproc\t");
  BOOST_TEST((facts == Facts{{"uid", "0"}, {"value", "with\ttabs"}, {"proc", ""}}));
  BOOST_TEST(parse_facts("").empty());
}

BOOST_AUTO_TEST_CASE(surplus_facts_change_nothing) {
  const Facts more = parse_facts("noise\n" + canary_output() + "unknown\tfact\n");
  BOOST_TEST(missing_facts(Setup(), more, outside()).empty());
}

BOOST_AUTO_TEST_CASE(the_canary_reports_every_fact_that_is_judged) {
  const std::string script = canary_for(Setup());
  for (const auto& [name, value] : inside()) {
    std::string call = "fact(\"" + name + "\"";
    if (name.starts_with("names.")) call = "'" + name.substr(6) + "':";
    if (name.starts_with("write.")) call = "\"" + name.substr(6) + "\"";
    if (name.starts_with("limit.")) call = "\"" + name + "\"";
    BOOST_TEST(script.find(call) != std::string::npos, "the canary does not report " << name);
  }
}

BOOST_AUTO_TEST_CASE(the_limits_that_are_promised_are_those_of_the_configuration) {
  Setup other;
  other.limits = {.memory = 256ULL << 20,
                  .file_size = 1 << 20,
                  .scratch = 2 << 20,
                  .scratch_inodes = 99,
                  .cpu_seconds = 7,
                  .processes = 5,
                  .open_files = 17};
  Facts facts = inside();
  BOOST_TEST(missing_facts(other, facts, outside()).size() == 7U);
  facts["limit.as"] = "536870912 above the zygote";
  facts["limit.data"] = "268435456 above the zygote";
  facts["limit.fsize"] = "1048576 1048576";
  facts["limit.cpu"] = "7 8";
  facts["limit.nproc"] = "5 5";
  facts["limit.nofile"] = "17 17";
  facts["scratch"] = "2097152 103";  // with the four directories that are there already
  BOOST_TEST(missing_facts(other, facts, outside()).empty());
}

BOOST_AUTO_TEST_CASE(
    resource_limits_are_promised_by_every_tier_and_scratch_space_by_those_with_mounts) {
  for (const Tier tier : kTiers) {
    Setup setup;
    setup.tier = tier;
    std::size_t limits = 0;
    for (const Judgement& judged : judge_facts(setup, {}, {})) {
      if (judged.name.starts_with("limit.") && judged.applies) ++limits;
      if (judged.name == "job_socket") BOOST_TEST(judged.applies);
      if (judged.name == "scratch") BOOST_TEST(judged.applies == (tier != Tier::kUid));
    }
    BOOST_TEST(limits == 12U);
  }
}

BOOST_AUTO_TEST_CASE(a_zygote_without_a_user_namespace_has_its_six_rights_and_no_more) {
  Setup setup;
  setup.tier = Tier::kUid;
  for (const std::string name : {"zygote.CapPrm", "zygote.CapBnd"}) {
    for (const auto& [found, fine] : {std::pair("00000000000001e3", true),
                                      {"00000000000001e7", false},
                                      {"000001ffffffffff", false}}) {
      std::vector<Judgement> judged = judge_facts(setup, {}, {{name, found}});
      std::erase_if(judged, [&name](const Judgement& one) { return one.name != name; });
      BOOST_REQUIRE(judged.size() == 1U);
      BOOST_TEST(judged[0].applies);
      BOOST_TEST(judged[0].holds() == fine, name << " " << found);
    }
  }
}

// What becomes of a limit of data, with 512 MB promised, when the zygote maps `mapped` bytes.
std::string related(const std::string& limit, const std::string& mapped) {
  Facts told = {{"limit.data", limit}};
  relate_memory_limits(SandboxLimits(), {{"zygote.data", mapped}}, told);
  return told["limit.data"];
}

BOOST_AUTO_TEST_CASE(a_limit_of_memory_holds_on_top_of_what_the_zygote_maps) {
  const std::string promise = "536870912 above the zygote";
  BOOST_TEST(related("576716800 576716800", "39845888") == promise);
  BOOST_TEST(related("536870912 536870912", "39845888") == promise);
  for (const std::string wrong : {"-1 -1", "4294967296 4294967296", "576716800 -1",
                                  "536870911 536870911", "576716800", "", "unlimited unlimited"}) {
    BOOST_TEST(related(wrong, "39845888") == wrong);
  }
  for (const std::string unknown : {"", "none"}) {
    BOOST_TEST(related("576716800 576716800", unknown) == "576716800 576716800");
  }
}

BOOST_AUTO_TEST_CASE(a_limit_that_was_not_reported_stays_missing) {
  Facts told;
  relate_memory_limits(SandboxLimits(), {{"zygote.data", "1"}}, told);
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
