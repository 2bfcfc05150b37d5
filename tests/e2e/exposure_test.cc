// Paths that the configuration lets scripts see.
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

BOOST_AUTO_TEST_SUITE(exposure)

BOOST_AUTO_TEST_CASE(an_exposed_directory_is_seen_and_read_only) {
  const Server server(std::vector<std::string>{"--preload", "light:", "--expose", "/opt"});
  const auto* const script = R"py(
import os
def main():
    try:
        os.close(os.open('/opt/python-executor-test', os.O_CREAT | os.O_WRONLY))
    except OSError as error:
        return ['opt' in os.listdir('/'), error.strerror]
)py";
  BOOST_TEST(execute_at(server.port(), script).result() ==
             boost::json::parse(R"([true, "Read-only file system"])"));
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_there_ends_the_start_with_a_clear_error) {
  BOOST_CHECK_EXCEPTION(
      Server(std::vector<std::string>{"--expose", "/opt/there-is-no-such-path"}), std::exception,
      [](const std::exception& error) {
        return std::string(error.what()).find("expose /opt/there-is-no-such-path") !=
               std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor::test
