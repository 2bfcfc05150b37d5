// A service serves once its first preload set is attested; the others follow. The module of the
// second set does what the test has written into a file, once that is not locked any more.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "execution/service.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using test::await;

constexpr const char* kGated = "import gated\ndef main():\n  return gated.__name__\n";
constexpr const char* kPlain = "def main():\n  return 1\n";

RunRequest request(const std::string& source) {
  return {{Dialect::kFunction, source}, test::kHang};
}

class Gated {
 public:
  // Which set has the module that the test holds back.
  enum class Which : std::uint8_t { kWithGated, kWithJson };
  explicit Gated(ServeAfter serve_after = ServeAfter::kFirstSet, Which which = Which::kWithGated)
      : directory_(make_directory()),
        gate_(make_gate(directory_)),
        service_(options(directory_, serve_after, which), [](const std::string&) {}) {}
  ~Gated() {
    open("");  // a set that still starts could not be waited for
    std::filesystem::remove_all(directory_);
  }
  Gated(const Gated&) = delete;
  Gated& operator=(const Gated&) = delete;

  Service& operator*() { return service_; }
  Service* operator->() { return &service_; }
  // The import ends, after these lines of Python.
  void open(const std::string& lines) {
    if (!gate_) return;
    BOOST_TEST(::write(gate_.get(), lines.data(), lines.size()) ==
               static_cast<ssize_t>(lines.size()));
    gate_.reset();
  }
  void start() {
    const auto started = service_.start();
    BOOST_REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().text()));
  }
  std::future<Execution> execute_later(const std::string& source, int client = -1) {
    return std::async(std::launch::async, [this, source, client] {
      return service_.execute(request(source), {.connection = client});
    });
  }
  [[nodiscard]] bool awaits_waiting(std::size_t count) const {
    return await([this, count] { return service_.state().waiting == count; });
  }

 private:
  // Not in /tmp, which a zygote does not see.
  static std::string make_directory() {
    std::string name = "/var/tmp/integration.XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    std::filesystem::permissions(name, std::filesystem::perms(0755));
    std::ofstream(name + "/gated.py") << "import fcntl\n"
                                      << "with open('" << name << "/gate') as gate:\n"
                                      << "  fcntl.flock(gate, fcntl.LOCK_SH)\n"
                                      << "  exec(gate.read())\n";
    return name;
  }
  static UniqueFd make_gate(const std::string& directory) {
    UniqueFd gate(::open((directory + "/gate").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    BOOST_REQUIRE(::flock(gate.get(), LOCK_EX) == 0);
    return gate;
  }
  static ServiceOptions options(const std::string& directory, ServeAfter serve_after, Which which) {
    ServiceOptions options;
    options.jail = test::jail_options();
    // Without firejail, which hides /var.
    options.minimum_tier = Tier::kNamespaces;
    options.tier = Tier::kNamespaces;
    options.workers = 1;
    options.queue_wait = test::kHang;
    options.serve_after = serve_after;
    options.setup.path = {directory};
    options.setup.expose = {directory};
    const std::vector<std::string> none;
    const std::string mine = which == Which::kWithGated ? "json" : "gated";
    const std::string other = which == Which::kWithGated ? "gated" : "json";
    options.sets = {{.name = "light", .modules = none, .also = {mine}, .warm_up = "", .ready = 1},
                    {.name = "gated", .modules = {other}, .also = none, .warm_up = "", .ready = 1}};
    return options;
  }

  const std::string directory_;
  UniqueFd gate_;  // locked until the import may end
  Service service_;
};

BOOST_AUTO_TEST_SUITE(serve_after_test)

BOOST_AUTO_TEST_CASE(the_service_serves_once_its_first_set_is_attested_and_names_the_others) {
  Gated service;
  service.start();
  BOOST_TEST(service->unhealthy_reason() == "");
  BOOST_TEST(service->starting_sets() == std::vector<std::string>{"gated"});
  const ServiceState state = service->state();
  BOOST_TEST(!state.sets[0].starting);
  BOOST_TEST(state.sets[1].starting);
  BOOST_TEST(!state.sets[1].attested);
  const Execution plain = service->execute(request(kPlain), Caller());
  BOOST_TEST(plain.outcome.result_json == "1", plain.outcome.error);
  BOOST_TEST(plain.set == "light");
  service.open("");
  BOOST_TEST(service->await_all_sets().has_value());
  BOOST_TEST(service->starting_sets().empty());
  BOOST_TEST(service->unhealthy_reason() == "");
}

BOOST_AUTO_TEST_CASE(a_job_for_a_set_that_starts_waits_for_it_and_takes_no_slot_meanwhile) {
  Gated service;
  service.start();
  auto gated = service.execute_later(kGated);
  BOOST_REQUIRE(service.awaits_waiting(1));
  {
    const Execution plain = service->execute(request(kPlain), Caller());
    BOOST_TEST(plain.outcome.result_json == "1", plain.outcome.error);
  }
  BOOST_TEST(service->state().waiting == 1U);
  service.open("");
  const Execution done = gated.get();
  BOOST_TEST(done.outcome.result_json == "\"gated\"", done.outcome.error);
  BOOST_TEST(done.set == "gated");
}

BOOST_AUTO_TEST_CASE(a_job_whose_set_starts_is_run_by_another_that_has_all_that_it_names) {
  Gated service(ServeAfter::kFirstSet, Gated::Which::kWithJson);
  service.start();
  BOOST_TEST(service->starting_sets() == std::vector<std::string>{"light"});
  const Execution plain = service->execute(request(kPlain), Caller());
  BOOST_TEST(plain.outcome.result_json == "1", plain.outcome.error);
  BOOST_TEST(plain.set == "gated");
}

BOOST_AUTO_TEST_CASE(a_job_for_a_set_that_starts_waits_no_longer_than_in_the_queue) {
  Gated service;
  service.start();
  RunRequest impatient = request(kGated);
  impatient.patience = std::chrono::milliseconds(1);
  BOOST_TEST((service->execute(impatient, Caller()).outcome.ending == Ending::kOverloaded));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_while_its_set_starts_is_not_served) {
  Gated service;
  service.start();
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const UniqueFd ours(ends[0]);
  UniqueFd clients(ends[1]);
  auto gated = service.execute_later(kGated, ours.get());
  BOOST_REQUIRE(service.awaits_waiting(1));
  clients.reset();
  BOOST_TEST((gated.get().outcome.ending == Ending::kCancelled));
}

BOOST_AUTO_TEST_CASE(jobs_that_wait_for_a_set_are_told_when_the_service_stops) {
  Gated service;
  service.start();
  auto gated = service.execute_later(kGated);
  BOOST_REQUIRE(service.awaits_waiting(1));
  service->drain();
  BOOST_TEST((gated.get().outcome.ending == Ending::kShuttingDown));
}

BOOST_AUTO_TEST_CASE(a_set_that_cannot_start_is_the_end_of_the_service_and_is_named) {
  Gated service;
  service.start();
  service.open("raise ImportError('the gate')");
  const auto all = service->await_all_sets();
  BOOST_REQUIRE(!all.has_value());
  BOOST_TEST(all.error().text().find("tier namespaces: pool gated: ") != std::string::npos,
             all.error().text());
  BOOST_TEST(all.error().text().find("the gate") != std::string::npos, all.error().text());
  BOOST_TEST(service->unhealthy_reason().find("pool gated: ") == 0U, service->unhealthy_reason());
}

BOOST_AUTO_TEST_CASE(a_service_that_is_to_wait_for_all_sets_does_not_serve_before) {
  Gated service(ServeAfter::kAllSets);
  auto started = std::async(std::launch::async, [&service] { return service->start(); });
  BOOST_TEST(service->unhealthy_reason() != "");
  service.open("");
  BOOST_TEST(started.get().has_value());
  BOOST_TEST(service->starting_sets().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
