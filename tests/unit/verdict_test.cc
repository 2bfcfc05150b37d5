#include "execution/verdict.h"

#include <signal.h>
#include <sys/wait.h>

#include <string>
#include <tuple>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr RunLimits kLimits{.output = 1 << 20, .result = 2 << 20, .memory = 3 << 20};
const std::vector<Dialect> kDialects = {Dialect::kFunction, Dialect::kProgram};

Outcome claimed(Dialect dialect, ClaimKind kind, const std::string& text = {}, int status = 0) {
  return judge(dialect, {.claim = Claim{kind, status, text, "the detail\n"}}, kLimits);
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

Outcome judge_exit(const Exit& exit, Dialect dialect = Dialect::kFunction) {
  return judge(dialect, {.exit = exit}, RunLimits());
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

// Claimed or seen; a script can send itself the signal of that limit.
BOOST_AUTO_TEST_CASE(the_signal_of_the_cpu_limit_is_a_timeout_when_that_time_was_used) {
  const RunLimits limits{.cpu = std::chrono::seconds(2)};
  for (const auto used : {std::chrono::milliseconds(2000), std::chrono::milliseconds(20)}) {
    const bool guilty = used >= limits.cpu;
    const Claim claim{ClaimKind::kSignaled, SIGXCPU, {}, {}};
    for (const Observed& seen :
         {Observed{.claim = claim, .exit = Exit{0, used}}, Observed{.exit = Exit{SIGXCPU, used}}}) {
      const Outcome outcome = judge(Dialect::kFunction, seen, limits);
      BOOST_TEST((outcome.ending == (guilty ? Ending::kTimeout : Ending::kCrashed)));
      BOOST_TEST(outcome.error == (guilty ? timeout_text() : crashed_text(SIGXCPU)));
      BOOST_TEST((outcome.evidence == Evidence::kCpuTime) == guilty);
    }
    BOOST_TEST(needs_exit(Observed{.claim = claim}));
  }
}

BOOST_AUTO_TEST_CASE(the_cpu_limit_counts_what_the_worker_has_used_before_its_run) {
  const RunLimits limits{.cpu = std::chrono::seconds(2)};
  const Exit exit{SIGXCPU, std::chrono::milliseconds(1200)};
  const Observed warm{.exit = exit, .used_before = std::chrono::milliseconds(800)};
  BOOST_TEST((judge(Dialect::kProgram, warm, limits).ending == Ending::kTimeout));
  const Observed cold{.exit = exit};
  BOOST_TEST((judge(Dialect::kProgram, cold, limits).ending == Ending::kCrashed));
}

BOOST_AUTO_TEST_CASE(a_claims_text_and_detail_become_valid_utf8) {
  for (const ClaimKind kind :
       {ClaimKind::kException, ClaimKind::kSyntaxError, ClaimKind::kInvalidResult}) {
    const Outcome outcome =
        judge(Dialect::kFunction, {.claim = Claim{kind, 0, "E: \xFF", "\xC3 trace"}}, kLimits);
    BOOST_TEST(outcome.error == "E: \uFFFD");
    BOOST_TEST(outcome.err == "\uFFFD trace");
  }
}

BOOST_AUTO_TEST_CASE(an_invalid_kind_is_the_services_own_fault) {
  const Outcome outcome = claimed(Dialect::kFunction, static_cast<ClaimKind>(200));
  BOOST_TEST((outcome.ending == Ending::kInternal));
}

BOOST_AUTO_TEST_CASE(an_end_without_a_claim_is_judged_by_its_exit_status) {
  for (const int status : {0, 1, 3, 255}) {
    const Outcome program = judge_exit(exited(status), Dialect::kProgram);
    BOOST_TEST((program.ending == Ending::kExited));
    BOOST_TEST(program.error == exited_text(Dialect::kProgram, status));
    BOOST_TEST(program.ran);
    BOOST_TEST((program.evidence == Evidence::kWaitStatus));
    BOOST_TEST(program.usage.exit_code.value() == status);
    const Outcome function = judge_exit(exited(status));
    BOOST_TEST(function.error == exited_text(Dialect::kFunction, status));
  }
}

BOOST_AUTO_TEST_CASE(an_end_by_a_signal_is_a_crash_with_or_without_a_core) {
  constexpr int kCoreDumped = 0x80;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    for (const Exit status : {killed(signal), killed(signal | kCoreDumped)}) {
      const Outcome outcome = judge_exit(status);
      BOOST_TEST((outcome.ending == Ending::kCrashed));
      BOOST_TEST(outcome.error == crashed_text(signal));
      BOOST_TEST(outcome.usage.signal.value() == signal);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_kill_that_nothing_explains_is_a_crash_claimed_or_seen) {
  for (const Outcome& outcome : {judge_exit(killed(SIGKILL)),
                                 claimed(Dialect::kFunction, ClaimKind::kSignaled, "", SIGKILL)}) {
    BOOST_TEST((outcome.ending == Ending::kCrashed));
    BOOST_TEST(outcome.error == crashed_text(SIGKILL));
  }
}

// An attacker has used up the machine's memory, and the kernel kills whom it finds. The limit is
// 160 MB: one held 60, one 120, and one all that it may.
BOOST_AUTO_TEST_CASE(a_kill_by_a_machine_without_memory_blames_only_a_run_that_was_at_its_limit) {
  const RunLimits limits{.memory = 160 << 20};
  for (const Dialect dialect : kDialects) {
    for (const std::uint64_t held : {60, 120, 160}) {
      Observed seen{.machine_killed = true, .exit = killed(SIGKILL)};
      seen.exit->peak = held << 20;
      const Outcome outcome = judge(dialect, seen, limits);
      const bool guilty = held == 160;
      BOOST_TEST_CONTEXT("held " << held) {
        BOOST_TEST((outcome.ending == (guilty ? Ending::kMemoryLimit : Ending::kOverloaded)));
        BOOST_TEST((outcome.evidence == (guilty ? Evidence::kPeakMemory : Evidence::kMachine)));
        BOOST_TEST(outcome.error == (guilty ? memory_limit_text(limits.memory) : capacity_text()));
        BOOST_TEST(outcome.ran);
        BOOST_TEST(outcome.usage.peak_memory.value() == held << 20);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_machine_without_memory_explains_no_other_signal_and_no_exit) {
  Observed seen{.machine_killed = true, .exit = killed(SIGSEGV)};
  BOOST_TEST((judge(Dialect::kFunction, seen, RunLimits()).ending == Ending::kCrashed));
  seen.exit = exited(1);
  BOOST_TEST((judge(Dialect::kFunction, seen, RunLimits()).ending == Ending::kExited));
}

BOOST_AUTO_TEST_CASE(an_unknown_peak_is_no_evidence) {
  const Observed seen{.machine_killed = true, .exit = killed(SIGKILL)};
  BOOST_TEST((judge(Dialect::kFunction, seen, RunLimits()).ending == Ending::kOverloaded));
}

// A script can ignore SIGXCPU; the hard limit's SIGKILL it cannot.
BOOST_AUTO_TEST_CASE(a_kill_after_all_of_the_cpu_time_is_a_timeout) {
  const RunLimits limits{.cpu = std::chrono::seconds(2)};
  Observed seen{.exit = Exit{SIGKILL, std::chrono::milliseconds(2999)}};
  const Outcome outcome = judge(Dialect::kFunction, seen, limits);
  BOOST_TEST((outcome.ending == Ending::kTimeout));
  BOOST_TEST(outcome.error == timeout_text());
  BOOST_TEST(outcome.usage.cpu_seconds.value() == 2.999);
  seen.exit->cpu = std::chrono::milliseconds(1999);
  BOOST_TEST((judge(Dialect::kFunction, seen, limits).ending == Ending::kCrashed));
}

BOOST_AUTO_TEST_CASE(
    a_kill_in_a_cgroup_at_its_limit_is_the_memory_limit_unless_the_run_had_returned) {
  Observed seen{.cgroup = {.at_limit = true, .killed = true}, .exit = killed(SIGKILL)};
  const Outcome outcome = judge(Dialect::kFunction, seen, kLimits);
  BOOST_TEST((outcome.ending == Ending::kMemoryLimit));
  BOOST_TEST((outcome.evidence == Evidence::kCgroup));
  BOOST_TEST(outcome.error == memory_limit_text(kLimits.memory));
  BOOST_TEST(outcome.ran);
  seen.claim = Claim{ClaimKind::kException, 0, "the text", {}};
  BOOST_TEST((judge(Dialect::kFunction, seen, kLimits).ending == Ending::kMemoryLimit));
  seen.claim = Claim{ClaimKind::kReturned, 0, "1", {}};
  BOOST_TEST((judge(Dialect::kFunction, seen, kLimits).ending == Ending::kReturned));
}

BOOST_AUTO_TEST_CASE(a_kill_in_a_cgroup_below_its_limit_was_the_machines) {
  const Observed seen{.cgroup = {.killed = true, .peak = 1 << 20}, .exit = killed(SIGKILL)};
  const Outcome outcome = judge(Dialect::kFunction, seen, kLimits);
  BOOST_TEST((outcome.ending == Ending::kOverloaded));
  BOOST_TEST((outcome.evidence == Evidence::kMachine));
}

BOOST_AUTO_TEST_CASE(
    a_memory_error_that_the_script_raised_is_its_exception_unless_its_memory_was_full) {
  for (const Dialect dialect : kDialects) {
    Observed seen{.claim = Claim{ClaimKind::kRaisedMemoryError, 0, "MemoryError: mine", "trace"}};
    BOOST_TEST(needs_exit(seen));
    seen.exit = killed(SIGKILL);
    seen.exit->peak = 1 << 20;
    const Outcome outcome = judge(dialect, seen, kLimits);
    BOOST_TEST((outcome.ending == Ending::kException));
    BOOST_TEST(outcome.error == "MemoryError: mine");
    BOOST_TEST(outcome.err == "trace");
    seen.exit->peak = kLimits.memory;
    const Outcome full = judge(dialect, seen, kLimits);
    BOOST_TEST((full.ending == Ending::kMemoryLimit));
    BOOST_TEST((full.evidence == Evidence::kPeakMemory));
  }
}

BOOST_AUTO_TEST_CASE(what_the_service_did_outranks_everything) {
  const std::vector<std::tuple<Cut, Ending, Evidence>> cuts = {
      {Cut::kClient, Ending::kCancelled, Evidence::kClient},
      {Cut::kShutdown, Ending::kShuttingDown, Evidence::kShutdown},
      {Cut::kDeadline, Ending::kTimeout, Evidence::kDeadline},
      {Cut::kStdout, Ending::kOutputLimit, Evidence::kOutput},
      {Cut::kStderr, Ending::kOutputLimit, Evidence::kOutput},
      {Cut::kMemory, Ending::kMemoryLimit, Evidence::kWatch},
      {Cut::kZygoteMemory, Ending::kMemoryLimit, Evidence::kZygote},
      {Cut::kZygoteFiles, Ending::kFileLimit, Evidence::kZygote},
  };
  for (const auto& [cut, ending, evidence] : cuts) {
    const Observed seen{.cut = cut,
                        .cgroup = {.at_limit = true, .killed = true},
                        .machine_killed = true,
                        .claim = Claim{ClaimKind::kReturned, 0, "1", {}},
                        .exit = killed(SIGSEGV)};
    BOOST_TEST(!needs_exit(seen));
    const Outcome outcome = judge(Dialect::kFunction, seen, kLimits);
    BOOST_TEST_CONTEXT("evidence " << name_of(evidence)) {
      BOOST_TEST((outcome.ending == ending));
      BOOST_TEST((outcome.evidence == evidence));
      BOOST_TEST(outcome.ran);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_end_is_the_services_own_fault) {
  BOOST_TEST((judge(Dialect::kFunction, {}, RunLimits()).ending == Ending::kInternal));
}

BOOST_AUTO_TEST_CASE(images_are_attachments_that_begin_as_a_png_does) {
  const std::string png = "\x89PNG\r\n\x1A\n...";
  const std::string other = "\x89PNG\r\n\x1A\n";
  const std::vector<Attachment> both = {{AttachmentKind::kImage, "", png},
                                        {AttachmentKind::kImage, "", other}};
  BOOST_TEST((judge_images(both) == std::vector<std::string>{png, other}));
  BOOST_TEST(judge_images({}).empty());
  for (const std::string bad : {"", "GIF89a", "\x89PNG", "iVBORw0KGgoAAAAA"}) {
    BOOST_TEST(judge_images({{AttachmentKind::kImage, "", bad}}).empty());
  }
}

BOOST_AUTO_TEST_CASE(files_of_a_claim_have_paths_that_a_client_may_write_to) {
  const auto file = [](const std::string& path) {
    return Attachment{AttachmentKind::kFile, path, "x"};
  };
  BOOST_TEST((judge_files({file("a"), file("d/b"), file("a")}) ==
              std::vector<Attachment>{file("a"), file("d/b")}));
  for (const char* path : {"", "/a", "../a", "a/../b", ".", "a//b"}) {
    BOOST_TEST(judge_files({file(path)}).empty(), path);
  }
  const auto bad = judge_files({file("\xFF")});
  BOOST_REQUIRE(bad.size() == 1U);
  BOOST_TEST(
      (bad[0] == Attachment{AttachmentKind::kOmittedFile, "\uFFFD", "the name is not UTF-8"}));
  BOOST_TEST((judge_files({{AttachmentKind::kOmittedFile, "a", "\xFF"}})[0].bytes == "\uFFFD"));
  BOOST_TEST(judge_files({{AttachmentKind::kImage, "", "x"}}).empty());
}

BOOST_AUTO_TEST_CASE(the_last_value_is_json_and_null_without_one) {
  BOOST_TEST(judge_last_value({}) == "null");
  BOOST_TEST(judge_last_value({{AttachmentKind::kLastValue, "", "a\"\xFF"}}) == "\"a\\\"\uFFFD\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
