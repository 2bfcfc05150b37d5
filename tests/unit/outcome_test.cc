#include "contract/outcome.h"

#include <csignal>
#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

struct Row {
  Ending ending;
  std::string type;
  int status;
};

// The contract's table.
const std::vector<Row>& contract_rows() {
  static const std::vector<Row> rows = {
      {Ending::kReturned, "", 200},
      {Ending::kBadRequest, "bad_request", 400},
      {Ending::kMissingMain, "missing_main", 400},
      {Ending::kSyntaxError, "syntax_error", 400},
      {Ending::kException, "exception", 400},
      {Ending::kInvalidResult, "invalid_result", 400},
      {Ending::kExited, "exited", 400},
      {Ending::kTimeout, "timeout", 500},
      {Ending::kMemoryLimit, "memory_limit", 500},
      {Ending::kFileLimit, "file_limit", 500},
      {Ending::kOutputLimit, "output_limit", 500},
      {Ending::kCrashed, "crashed", 500},
      {Ending::kOverloaded, "overloaded", 503},
      {Ending::kShuttingDown, "shutting_down", 503},
      {Ending::kInternal, "internal", 500},
  };
  return rows;
}

BOOST_AUTO_TEST_SUITE(outcome_test)

BOOST_AUTO_TEST_CASE(every_ending_has_the_type_and_the_status_of_the_contract) {
  for (const Row& row : contract_rows()) {
    BOOST_TEST_CONTEXT("type: " << row.type) {
      BOOST_TEST(error_type(row.ending) == row.type);
      BOOST_TEST(http_status(row.ending) == row.status);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_default_outcome_is_the_services_own_fault) {
  BOOST_TEST((Outcome{}.ending == Ending::kInternal));
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_has_no_error_type) {
  BOOST_TEST(error_type(Ending::kCancelled) == "");
}

BOOST_AUTO_TEST_CASE(the_fixed_texts_are_the_contracts) {
  BOOST_TEST(missing_main_text() == "Script must contain a main() function");
  BOOST_TEST(timeout_text() == "Script execution timed out");
  BOOST_TEST(file_limit_text() == "Script exceeded the file size limit");
  BOOST_TEST(capacity_text() == "Server is at capacity");
  BOOST_TEST(shutting_down_text(false) == "Server is shutting down; the script has not run");
  BOOST_TEST(shutting_down_text(true) == "Server is shutting down; the script was stopped");
  BOOST_TEST(internal_error_text() == "Internal error");
}

BOOST_AUTO_TEST_CASE(a_limit_of_whole_megabytes_is_shown_without_a_fraction) {
  BOOST_TEST(memory_limit_text(536870912) == "Script exceeded the memory limit of 512 MB");
  BOOST_TEST(output_limit_text("stdout", 1048576) == "Script wrote more than 1 MB to stdout");
  BOOST_TEST(output_limit_text("stderr", 10485760) == "Script wrote more than 10 MB to stderr");
  BOOST_TEST(result_limit_text(104857600) == "Script returned more than 100 MB");
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_no_whole_megabyte_is_shown_with_its_fraction) {
  BOOST_TEST(memory_limit_text(1572864) == "Script exceeded the memory limit of 1.5 MB");
  BOOST_TEST(output_limit_text("stdout", 65536) == "Script wrote more than 0.0625 MB to stdout");
  BOOST_TEST(result_limit_text(1000000) == "Script returned more than 0.9537 MB");
}

BOOST_AUTO_TEST_CASE(an_exit_before_main_returned_says_so_in_the_function_dialect_only) {
  BOOST_TEST(exited_text(Dialect::kFunction, 3) ==
             "Script exited with status 3 before main() returned");
  BOOST_TEST(exited_text(Dialect::kProgram, 3) == "Script exited with status 3");
  BOOST_TEST(exited_text(Dialect::kProgram, 0) == "Script exited with status 0");
}

BOOST_AUTO_TEST_CASE(a_crash_names_its_signal) {
  BOOST_TEST(crashed_text(SIGSEGV) == "Script was killed by signal 11 (SIGSEGV)");
  BOOST_TEST(crashed_text(SIGABRT) == "Script was killed by signal 6 (SIGABRT)");
  BOOST_TEST(crashed_text(SIGKILL) == "Script was killed by signal 9 (SIGKILL)");
}

BOOST_AUTO_TEST_CASE(a_signal_without_a_name_is_shown_by_its_number_alone) {
  BOOST_TEST(crashed_text(40) == "Script was killed by signal 40");
  BOOST_TEST(crashed_text(12345) == "Script was killed by signal 12345");
  BOOST_TEST(crashed_text(-1) == "Script was killed by signal -1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
