// nginx finds no room for a body that does not fit into its memory; one that it may not write
// stands for a disk that is full.
#include <cstdio>
#include <filesystem>
#include <string>

#include "e2e/busy.h"
#include "support/execute.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// In too many chunks for its memory, though the body is not too large.
Response post_in_small_chunks(std::uint16_t port, const std::string& body) {
  constexpr std::size_t kChunk = 100;
  std::string bytes =
      "POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += kChunk) {
    const std::string chunk = body.substr(at, kChunk);
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    bytes += size + chunk + "\r\n";
  }
  return send_raw(port, bytes + "0\r\n\r\n");
}

// Where nginx puts bodies, without the right to write there as long as this lives.
class FullDisk {
 public:
  explicit FullDisk(const Server& server) {
    for (const std::string& directory : server.directories()) {
      if (fs::exists(directory + "/spool/body")) directory_ = directory + "/spool/body";
    }
    BOOST_REQUIRE(!directory_.empty());
    fs::permissions(directory_, fs::perms::owner_read | fs::perms::owner_exec);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { fs::permissions(directory_, fs::perms::owner_all); }

 private:
  fs::path directory_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(full_disk, Busy)

BOOST_AUTO_TEST_CASE(a_body_for_which_there_is_no_room_is_refused_and_no_other_request) {
  const std::string body =
      request_body("script", "#" + std::string(1000 * kKiB, 'x') + "\ndef main():\n    return 1");
  {
    const FullDisk full(server);
    const Response refused = post_in_small_chunks(server.port(), body);
    BOOST_TEST(refused.status == 500);
    BOOST_TEST(refused.json() == json(R"({"error": "Internal error", "error_type": "internal"})"));
    BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
  }
  BOOST_TEST(post_in_small_chunks(server.port(), body).status == 200);
  const Load::Tally tally = recovered();
  BOOST_TEST(tally.refused == 0U);
  BOOST_TEST(tally.dropped == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
