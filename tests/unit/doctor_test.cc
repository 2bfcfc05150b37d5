// The doctor's report: how a finding reads, and which ones count as missing. Reading facts from a
// machine is tested where the doctor is run.
#include <algorithm>
#include <string>
#include <vector>

#include "doctor/caller.h"
#include "doctor/finding.h"
#include "doctor/firejail.h"
#include "doctor/kernel.h"
#include "doctor/namespaces.h"
#include "doctor/socket.h"
#include "doctor/tiers.h"
#include "support/boost_test.h"
#include "unit/doctor_findings.h"

namespace executor {
namespace {

using test::good_caller;
using test::good_firejail;
using test::good_kernel;
using test::good_socket;
using test::is_absent;
using test::is_verified;
using test::kFull;
using test::lines_with;

BOOST_AUTO_TEST_SUITE(doctor_test)

BOOST_AUTO_TEST_CASE(a_finding_is_one_line_whatever_it_holds) {
  const Section section{"title", {missing_required("a\nb\x1b[31m", "do\tthis\n"), verified("c")}};
  const std::string text = rendered(section);
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 3);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(text.find("  absent          a b [31m; to do: do this\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_what_is_needed_counts_as_missing) {
  BOOST_TEST(
      count_missing({"", {missing_optional("a", "b"), verified("c"), not_applicable("d")}}) == 0U);
  BOOST_TEST(count_missing({"",
                            {missing_optional("a", "b"), missing_required("c", "d"),
                             missing_required("e", "f")}}) == 2U);
  BOOST_TEST(rendered({"", {missing_optional("a", "b")}}).find("a (optional); to do: b") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_told_needed_and_optional_apart_each_with_its_remedy) {
  const std::vector<Section> sections = {
      {"one", {verified("fine"), missing_required("a", "do x"), missing_optional("b", "do y")}},
      {"two", {not_applicable("n"), missing_required("c", "")}}};
  BOOST_TEST(rendered_missing(sections, true) == "  one: a\n    to do: do x\n  two: c\n");
  BOOST_TEST(rendered_missing(sections, false) == "  one: b\n    to do: do y\n");
  BOOST_TEST(rendered_missing({{"fine", {verified("a")}}}, true) == "");
}

BOOST_AUTO_TEST_CASE(missing_facts_with_one_remedy_have_it_once_and_many_are_counted) {
  Section section{"attestation", {missing_required("other", "do y")}};
  for (const char* fact : {"a", "b", "c", "d", "e", "f", "g"}) {
    section.findings.push_back(missing_required(fact, "do x\nnow"));
  }
  BOOST_TEST(
      rendered_missing({section}, true) ==
      "  attestation: other\n    to do: do y\n"
      "  attestation: a\n  attestation: b\n  attestation: c\n  attestation: d\n  attestation: e\n"
      "  and 2 more like these (--verbose)\n    to do: do x now\n");
}

BOOST_AUTO_TEST_CASE(a_good_machine_lacks_nothing) {
  BOOST_TEST(count_missing(judge_kernel(good_kernel(), kFull)) == 0U);
  BOOST_TEST(count_missing(judge_namespaces({96'000, 1, 0, 0, 0}, kFull)) == 0U);
  BOOST_TEST(count_missing(judge_caller(good_caller(), kFull, 172)) == 0U);
  BOOST_TEST(count_missing(judge_firejail(good_firejail(), kFull, "python-executor")) == 0U);
  BOOST_TEST(count_missing(judge_socket(good_socket(), "python-executor")) == 0U);
}

BOOST_AUTO_TEST_CASE(each_promise_of_a_tier_is_a_finding) {
  const auto findings = findings_of({{"pid", "1", "1", true, true},
                                     {"seccomp", "2", "0", true, true},
                                     {"ns.net", "own", {}, true, false},
                                     {"jail.pid", "own", "shared", false, false}});
  const Section section{"", findings};
  BOOST_TEST(is_verified(section, "inside, pid = \"1\""));
  BOOST_TEST(is_absent(section, "inside, seccomp is \"0\", not \"2\""));
  BOOST_TEST(is_absent(section, "outside, ns.net is unknown, not \"own\""));
  BOOST_TEST(lines_with(section, CheckResult::kNotApplicable).find("jail.pid") !=
             std::string::npos);
  BOOST_TEST(count_missing(section) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
