#include "execution/hints.h"

#include <signal.h>

#include <string>
#include <vector>

#include "base/utf8.h"
#include "support/boost_test.h"

namespace executor {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

HintFacts facts(Dialect dialect = Dialect::kFunction) {
  HintFacts facts;
  facts.dialect = dialect;
  facts.timeout = std::chrono::duration<double>(2.5);
  facts.max_timeout = std::chrono::duration<double>(30);
  facts.run = {.output = kMegabyte / 2,
               .result = 8 * kMegabyte,
               .memory = 512 * kMegabyte,
               .cpu = std::chrono::seconds(60)};
  facts.sandbox.file_size = 32 * kMegabyte;
  facts.sandbox.scratch = 64 * kMegabyte;
  facts.sandbox.scratch_inodes = 4096;
  facts.sandbox.processes = 64;
  facts.sandbox.open_files = 256;
  return facts;
}

Outcome ended(Ending ending, Evidence evidence = Evidence::kClaim, const std::string& said = {}) {
  Outcome outcome;
  outcome.ending = ending;
  outcome.evidence = evidence;
  outcome.hint = said;
  outcome.ran = true;
  return outcome;
}

std::string said(const std::string& bytes) {
  return judge_hint({{AttachmentKind::kImage, "", "x"}, {AttachmentKind::kHint, "", bytes}});
}

struct Row {
  Outcome outcome;
  std::string hint;
};

BOOST_AUTO_TEST_SUITE(hints_test)

BOOST_AUTO_TEST_CASE(a_limit_is_named_with_its_number) {
  const std::vector<Row> rows = {
      {ended(Ending::kTimeout, Evidence::kDeadline),
       "The run had 2.5 s; 'timeout' may ask for up to 30 s"},
      {ended(Ending::kTimeout, Evidence::kCpuTime), "A process may use up to 60 s of CPU time"},
      {ended(Ending::kMemoryLimit, Evidence::kCgroup),
       "The processes of a run share 512 MB of memory"},
      {ended(Ending::kFileLimit, Evidence::kFull),
       "A file may have up to 32 MB, and all of a run together 64 MB in 4096 files"},
      {ended(Ending::kOutputLimit, Evidence::kOutput),
       "A run may print up to 0.5 MB to each of stdout and stderr; with 'on_output_limit': "
       "'truncate' it continues, and the two ends of its output are kept"},
      {ended(Ending::kOutputLimit), "A result and what comes with it may have up to 8 MB"},
      {ended(Ending::kException, Evidence::kClaim, "processes"),
       "A run may have up to 64 processes and threads at once, and memory for the stack of each"},
      {ended(Ending::kException, Evidence::kClaim, "open_files"),
       "A process may have up to 256 files open"},
  };
  for (const Row& row : rows) BOOST_TEST(hint_of(row.outcome, facts()) == row.hint);
}

BOOST_AUTO_TEST_CASE(a_timeout_that_was_the_longest_is_called_that) {
  HintFacts longest = facts();
  longest.timeout = longest.max_timeout;
  BOOST_TEST(hint_of(ended(Ending::kTimeout, Evidence::kDeadline), longest) ==
             "The run had 30 s, the most that 'timeout' may ask for");
}

BOOST_AUTO_TEST_CASE(small_limits_are_named_as_what_they_are) {
  HintFacts small = facts();
  small.timeout = std::chrono::duration<double>(1e-5);
  BOOST_TEST(hint_of(ended(Ending::kTimeout), small).starts_with("The run had 0.00001 s; "));
  small.sandbox.processes = 1;
  BOOST_TEST(hint_of(ended(Ending::kException, Evidence::kClaim, "processes"), small) ==
             "A run may have one process, and no thread besides");
}

BOOST_AUTO_TEST_CASE(a_script_without_main_gets_the_hint_that_programs_go_into_code) {
  Outcome outcome = ended(Ending::kMissingMain);
  BOOST_TEST(hint_of(outcome, facts()) ==
             "Define main() as a function of the script itself, or send a program in 'code'");
  outcome.ran = false;
  BOOST_TEST(hint_of(outcome, facts()) ==
             "Send a program without main() in 'code'; a script defines main() at its top level");
}

BOOST_AUTO_TEST_CASE(what_ends_by_itself_is_a_program) {
  BOOST_TEST(hint_of(ended(Ending::kExited), facts()).find("'code'") != std::string::npos);
  BOOST_TEST(hint_of(ended(Ending::kExited), facts(Dialect::kProgram)).empty());
  BOOST_TEST(hint_of(ended(Ending::kExited, Evidence::kClaim, "do this"),
                     facts(Dialect::kProgram)) == "do this");
}

BOOST_AUTO_TEST_CASE(a_segmentation_fault_has_a_hint_and_other_signals_have_none) {
  Outcome outcome = ended(Ending::kCrashed, Evidence::kWaitStatus);
  outcome.usage.signal = SIGSEGV;
  BOOST_TEST(!hint_of(outcome, facts()).empty());
  outcome.evidence = Evidence::kClaim;  // the script has sent it to itself
  BOOST_TEST(hint_of(outcome, facts()).empty());
  outcome.evidence = Evidence::kWaitStatus;
  outcome.usage.signal = SIGABRT;
  BOOST_TEST(hint_of(outcome, facts()).empty());
}

BOOST_AUTO_TEST_CASE(the_worker_words_the_hint_of_an_error_and_never_that_of_anything_else) {
  for (const Ending ending : {Ending::kException, Ending::kSyntaxError, Ending::kInvalidResult}) {
    BOOST_TEST(hint_of(ended(ending, Evidence::kClaim, "do this"), facts()) == "do this");
    BOOST_TEST(hint_of(ended(ending, Evidence::kClaim, "figures"), facts()).empty());
  }
  for (const Ending ending :
       {Ending::kReturned, Ending::kOverloaded, Ending::kShuttingDown, Ending::kInternal,
        Ending::kCancelled, Ending::kCrashed, Ending::kMemoryLimit, Ending::kTimeout}) {
    const std::string hint = hint_of(ended(ending, Evidence::kClaim, "do this"), facts());
    BOOST_TEST(hint.find("do this") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_success_has_a_hint_only_for_figures_that_were_not_asked_for) {
  Outcome outcome = ended(Ending::kReturned, Evidence::kClaim, "figures");
  BOOST_TEST(
      hint_of(outcome, facts()) ==
      "Send 'images': true to get the figures that the script leaves open, or name the files "
      "that it saves in 'outputs'");
  outcome.files.emplace();
  BOOST_TEST(hint_of(outcome, facts()).empty());
  outcome.files.reset();
  outcome.images.emplace();
  BOOST_TEST(hint_of(outcome, facts()).empty());
  BOOST_TEST(hint_of(ended(Ending::kReturned), facts()).empty());
}

BOOST_AUTO_TEST_CASE(a_workers_hint_becomes_one_short_line_of_utf8) {
  BOOST_TEST(said("Send 'stdin'") == "Send 'stdin'");
  BOOST_TEST(said("a\nb\r\tc\x7Fz") == "a b  c z");
  BOOST_TEST(said(std::string("a\0b", 3)) == "a b");
  BOOST_TEST(said("\xFFx") == "\uFFFDx");
  BOOST_TEST(said(std::string(1000, 'x')).size() == kMaxHint);
  for (std::size_t shift = 0; shift < 4; ++shift) {
    const std::string hint = said(std::string(shift, 'x') + std::string(4000, '\xF0'));
    BOOST_TEST(is_valid_utf8(hint));
    BOOST_TEST(hint.size() <= kMaxHint);
  }
  BOOST_TEST(judge_hint({}).empty());
  BOOST_TEST(judge_hint({{AttachmentKind::kLastValue, "", "x"}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
