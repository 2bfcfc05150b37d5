#include "execution/verdict.h"

#include <signal.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr RunLimits kLimits{.output = 1 << 20, .result = 2 << 20, .memory = 3 << 20};
const std::vector<Dialect> kDialects = {Dialect::kFunction, Dialect::kProgram};

Outcome claimed(Dialect dialect, ClaimKind kind, const std::string& text = {}, int status = 0) {
  return judge_claim(dialect, Claim{kind, status, text, "the detail\n"}, kLimits);
}

struct Row {
  ClaimKind kind;
  Ending ending;
  std::string error;
};

// The claims that mean the same in both dialects.
const std::vector<Row>& rows() {
  static const std::vector<Row> rows = {
      {ClaimKind::kNoCallableMain, Ending::kMissingMain, missing_main_text()},
      {ClaimKind::kSyntaxError, Ending::kSyntaxError, "the text"},
      {ClaimKind::kException, Ending::kException, "the text"},
      {ClaimKind::kInvalidResult, Ending::kInvalidResult, "the text"},
      {ClaimKind::kMemoryError, Ending::kMemoryLimit, memory_limit_text(kLimits.memory)},
      {ClaimKind::kFileError, Ending::kFileLimit, file_limit_text()},
      {ClaimKind::kResultTooLarge, Ending::kOutputLimit, result_limit_text(kLimits.result)},
  };
  return rows;
}

// Wait statuses as wait4(2) makes them.
Exit exited(int status) {
  return {status << 8U};
}
Exit killed(int signal) {
  return {signal};
}

BOOST_AUTO_TEST_SUITE(verdict_test)

BOOST_AUTO_TEST_CASE(every_claim_of_a_failure_has_its_ending_and_its_text) {
  for (const Dialect dialect : kDialects) {
    for (const Row& row : rows()) {
      BOOST_TEST_CONTEXT("claim " << static_cast<int>(row.kind)) {
        const Outcome outcome = claimed(dialect, row.kind, "the text");
        BOOST_TEST((outcome.ending == row.ending));
        BOOST_TEST(outcome.error == row.error);
        BOOST_TEST(outcome.err == "the detail\n");
        BOOST_TEST(outcome.out == "");
        BOOST_TEST(outcome.result_json == "");
        BOOST_TEST(outcome.ran);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_returned_value_is_the_result_of_a_function) {
  const Outcome outcome = claimed(Dialect::kFunction, ClaimKind::kReturned, "{\"a\": [1, null]}");
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.result_json == "{\"a\": [1, null]}");
  BOOST_TEST(outcome.error == "");
  BOOST_TEST(outcome.ran);
}

BOOST_AUTO_TEST_CASE(a_program_returns_nothing_whatever_its_claim_says) {
  const Outcome outcome = claimed(Dialect::kProgram, ClaimKind::kReturned, "not even JSON");
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.result_json == "");
}

BOOST_AUTO_TEST_CASE(a_result_that_is_not_json_does_not_get_through) {
  const std::string deep(1000, '[');
  for (const std::string text : {"", "{", "NaN", "1 2", "1}, {\"result\": 2", "\"\xFF\"", "'a'"}) {
    BOOST_TEST_CONTEXT("result: " << text) {
      const Outcome outcome = claimed(Dialect::kFunction, ClaimKind::kReturned, text);
      BOOST_TEST((outcome.ending == Ending::kInvalidResult));
      BOOST_TEST(outcome.error == "main() must return JSON-serializable data: result is not JSON");
      BOOST_TEST(outcome.result_json == "");
    }
  }
  const Outcome outcome =
      claimed(Dialect::kFunction, ClaimKind::kReturned, deep + std::string(1000, ']'));
  BOOST_TEST((outcome.ending == Ending::kInvalidResult));
}

BOOST_AUTO_TEST_CASE(a_script_that_cannot_bind_main_has_not_run) {
  const Outcome outcome = claimed(Dialect::kFunction, ClaimKind::kMissingMain);
  BOOST_TEST((outcome.ending == Ending::kMissingMain));
  BOOST_TEST(outcome.error == missing_main_text());
  BOOST_TEST(!outcome.ran);
}

BOOST_AUTO_TEST_CASE(a_claimed_exit_is_worded_as_its_dialect_words_it) {
  const Outcome program = claimed(Dialect::kProgram, ClaimKind::kSystemExit, "", 3);
  BOOST_TEST((program.ending == Ending::kExited));
  BOOST_TEST(program.error == "Script exited with status 3");
  const Outcome function = claimed(Dialect::kFunction, ClaimKind::kSystemExit, "", 3);
  BOOST_TEST(function.error == "Script exited with status 3 before main() returned");
}

BOOST_AUTO_TEST_CASE(a_claimed_signal_is_a_crash) {
  for (const Dialect dialect : kDialects) {
    const Outcome outcome = claimed(dialect, ClaimKind::kSignaled, "", SIGABRT);
    BOOST_TEST((outcome.ending == Ending::kCrashed));
    BOOST_TEST(outcome.error == crashed_text(SIGABRT));
  }
}

BOOST_AUTO_TEST_CASE(used_up_cpu_time_is_a_timeout_claimed_or_seen) {
  for (const Outcome& outcome : {claimed(Dialect::kFunction, ClaimKind::kSignaled, "", SIGXCPU),
                                 judge_exit(Dialect::kFunction, killed(SIGXCPU), RunLimits())}) {
    BOOST_TEST((outcome.ending == Ending::kTimeout));
    BOOST_TEST(outcome.error == timeout_text());
  }
}

BOOST_AUTO_TEST_CASE(a_claims_text_and_detail_become_valid_utf8) {
  for (const ClaimKind kind :
       {ClaimKind::kException, ClaimKind::kSyntaxError, ClaimKind::kInvalidResult}) {
    const Outcome outcome =
        judge_claim(Dialect::kFunction, Claim{kind, 0, "E: \xFF", "\xC3 trace"}, kLimits);
    BOOST_TEST(outcome.error == "E: \uFFFD");
    BOOST_TEST(outcome.err == "\uFFFD trace");
  }
}

BOOST_AUTO_TEST_CASE(a_kind_that_is_none_is_the_services_own_fault) {
  const Outcome outcome = claimed(Dialect::kFunction, static_cast<ClaimKind>(200));
  BOOST_TEST((outcome.ending == Ending::kInternal));
}

BOOST_AUTO_TEST_CASE(an_end_without_a_claim_is_told_by_its_exit_status) {
  for (const int status : {0, 1, 3, 255}) {
    const Outcome program = judge_exit(Dialect::kProgram, exited(status), RunLimits());
    BOOST_TEST((program.ending == Ending::kExited));
    BOOST_TEST(program.error == exited_text(Dialect::kProgram, status));
    BOOST_TEST(program.ran);
    const Outcome function = judge_exit(Dialect::kFunction, exited(status), RunLimits());
    BOOST_TEST(function.error == exited_text(Dialect::kFunction, status));
  }
}

BOOST_AUTO_TEST_CASE(an_end_by_a_signal_is_a_crash_with_or_without_a_core) {
  constexpr int kCoreDumped = 0x80;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    for (const Exit status : {killed(signal), killed(signal | kCoreDumped)}) {
      const Outcome outcome = judge_exit(Dialect::kFunction, status, RunLimits());
      BOOST_TEST((outcome.ending == Ending::kCrashed));
      BOOST_TEST(outcome.error == crashed_text(signal));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_kill_that_nothing_explains_is_a_crash_claimed_or_seen) {
  for (const Outcome& outcome : {judge_exit(Dialect::kFunction, killed(SIGKILL), RunLimits()),
                                 claimed(Dialect::kFunction, ClaimKind::kSignaled, "", SIGKILL)}) {
    BOOST_TEST((outcome.ending == Ending::kCrashed));
    BOOST_TEST(outcome.error == crashed_text(SIGKILL));
  }
}

BOOST_AUTO_TEST_CASE(a_kill_with_evidence_of_want_of_memory_is_the_memory_limit) {
  const Outcome outcome = judge_exit(Dialect::kFunction, killed(SIGKILL), RunLimits(), true);
  BOOST_TEST((outcome.ending == Ending::kMemoryLimit));
  BOOST_TEST(outcome.error == memory_limit_text(RunLimits().memory));
  const Outcome other = judge_exit(Dialect::kFunction, killed(SIGSEGV), RunLimits(), true);
  BOOST_TEST((other.ending == Ending::kCrashed));
}

// A script can ignore SIGXCPU; the hard limit's SIGKILL it cannot.
BOOST_AUTO_TEST_CASE(a_kill_after_all_of_the_cpu_time_is_a_timeout) {
  const RunLimits limits{.cpu = std::chrono::seconds(2)};
  const Exit used{SIGKILL, std::chrono::milliseconds(2999)};
  const Outcome outcome = judge_exit(Dialect::kFunction, used, limits);
  BOOST_TEST((outcome.ending == Ending::kTimeout));
  BOOST_TEST(outcome.error == timeout_text());
  const Exit unused{SIGKILL, std::chrono::milliseconds(1999)};
  BOOST_TEST((judge_exit(Dialect::kFunction, unused, limits).ending == Ending::kCrashed));
}

BOOST_AUTO_TEST_CASE(a_kill_for_want_of_memory_that_the_kernel_counted_is_the_memory_limit) {
  const Outcome outcome = judge_out_of_memory(kLimits);
  BOOST_TEST((outcome.ending == Ending::kMemoryLimit));
  BOOST_TEST(outcome.error == memory_limit_text(kLimits.memory));
  BOOST_TEST(outcome.ran);
}

BOOST_AUTO_TEST_CASE(an_end_that_nobody_knows_is_the_services_own_fault) {
  BOOST_TEST(
      (judge_exit(Dialect::kFunction, std::nullopt, RunLimits()).ending == Ending::kInternal));
}

BOOST_AUTO_TEST_CASE(images_are_lines_of_base64_that_begin_as_a_png_does) {
  const std::string png = "iVBORw0KGgoAAAAA";
  const std::string padded = "iVBORw0KGgoAAAA=";
  BOOST_TEST((judge_images(png + "\n" + padded) == std::vector<std::string>{png, padded}));
  BOOST_TEST(judge_images("").empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_png_in_base64_is_left_out) {
  const std::string png = "iVBORw0KGgoAAAAA";
  for (const std::string bad : {"AAAA", "iVBORw0KGgoA\"AAA", "iVBORw0KGgo=AAAA", "iVBORw0KGgoAAAA",
                                "iVBORw0KGgo=====", "iVBORw0KGgoA\xC3\xA4 ", "\n\n"}) {
    BOOST_TEST((judge_images(bad + "\n" + png) == std::vector<std::string>{png}));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
