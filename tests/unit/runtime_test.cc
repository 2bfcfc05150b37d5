#include "contract/runtime.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

BOOST_AUTO_TEST_SUITE(runtime_test)

BOOST_AUTO_TEST_CASE(what_a_run_has_found_stands_between_what_the_service_knows) {
  RuntimeView facts;
  facts.version = "1.2.3";
  facts.tier = "full";
  facts.found = R"({"python": "3.11.2"})";
  facts.preloaded = {"numpy", "pandas"};
  facts.limits.run.memory = 512ULL << 20;
  const std::string body = render_runtime(facts);
  BOOST_TEST(body.starts_with(R"({"version": "1.2.3", "tier": "full", "python": "3.11.2", )"
                              R"("preloaded": ["numpy", "pandas"], "limits": )"
                              R"({"timeout_seconds": 30, "memory_mb": 512, )"));
  BOOST_TEST(body.find(R"("fields": ["script", "code", "timeout", )") != std::string::npos);
  BOOST_TEST(body.ends_with("]}\n"));
}

BOOST_AUTO_TEST_CASE(sets_that_start_are_named_and_nothing_is_said_without_any) {
  RuntimeView facts;
  facts.found = R"({"python": "3.11.2"})";
  BOOST_TEST(render_runtime(facts).find("starting") == std::string::npos);
  facts.starting = {"plot", "data"};
  BOOST_TEST(render_runtime(facts).find(R"("preloaded": [], "starting": ["plot", "data"], )") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_landlock_matters_it_is_said_whether_it_is_there) {
  for (const bool there : {true, false}) {
    RuntimeView facts;
    facts.tier = "uid";
    facts.landlock = there;
    facts.found = R"({"python": "3.11.2"})";
    const std::string said = std::string(R"("tier": "uid", "landlock": )") +
                             (there ? "true" : "false") + R"(, "python": )";
    BOOST_TEST(render_runtime(facts).find(said) != std::string::npos, render_runtime(facts));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_object_is_no_answer) {
  for (const char* found : {"", "null", "[1]", "{}", "{", "\"{}\""}) {
    RuntimeView facts;
    facts.found = found;
    BOOST_TEST(render_runtime(facts).empty(), found);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
