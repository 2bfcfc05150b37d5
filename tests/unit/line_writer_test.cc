#include "telemetry/line_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/fd.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// Waits for what another thread does. False when it has not within what only a hang takes.
bool await(const std::function<bool()>& happened) {
  for (int i = 0; i < 30000; ++i) {
    if (happened()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// A pipe that is full of blanks.
class FullPipe {
 public:
  FullPipe() {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    const std::string blanks(static_cast<std::size_t>(::fcntl(ends[1], F_GETPIPE_SZ)), ' ');
    BOOST_REQUIRE(::write(ends[1], blanks.data(), blanks.size()) == ssize_t(blanks.size()));
  }

  [[nodiscard]] int write_end() const { return write_end_.get(); }
  void close_read_end() { read_end_.reset(); }
  // Reads until `last` has come; without the blanks.
  [[nodiscard]] std::string read_until(const std::string& last) const {
    std::string all;
    std::string part(65536, '\0');
    while (!all.ends_with(last)) {
      const ssize_t size = ::read(read_end_.get(), part.data(), part.size());
      BOOST_REQUIRE(size > 0);
      all.append(part, 0, static_cast<std::size_t>(size));
    }
    all.erase(0, all.find_first_not_of(' '));
    return all;
  }

 private:
  UniqueFd read_end_, write_end_;
};

BOOST_AUTO_TEST_SUITE(line_writer_test)

BOOST_AUTO_TEST_CASE(what_waits_is_written_before_the_end_and_in_order) {
  const UniqueFd file(::memfd_create("log", MFD_CLOEXEC));
  std::string all;
  {
    LineWriter writer(file.get());
    for (int i = 0; i < 1000; ++i) {
      const std::string line = std::to_string(i) + "\n";
      BOOST_TEST(writer.write(line));
      all += line;
    }
  }
  std::string text(2 * all.size(), '\0');
  text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
  BOOST_TEST(text == all);
}

BOOST_AUTO_TEST_CASE(a_pipe_that_is_not_read_blocks_no_caller) {
  const FullPipe pipe;
  LineWriter writer(pipe.write_end(), 10);
  BOOST_TEST(writer.write("first\n"));
  BOOST_TEST(writer.write("2nd\n"));
  BOOST_TEST(!writer.write("x\n"));
  BOOST_TEST(!writer.write("y\n"));
  BOOST_TEST(writer.lost() == 2U);
  // A reader that resumes gets the lines that there was room for, and then new ones.
  BOOST_TEST(pipe.read_until("2nd\n") == "first\n2nd\n");
  BOOST_TEST(await([&] { return writer.write("later\n"); }));
  BOOST_TEST(pipe.read_until("later\n") == "later\n");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_is_full_and_does_not_block_is_waited_for) {
  const FullPipe pipe;
  BOOST_REQUIRE(::fcntl(pipe.write_end(), F_SETFL, O_WRONLY | O_NONBLOCK) == 0);
  LineWriter writer(pipe.write_end());
  BOOST_TEST(writer.write("line\n"));
  BOOST_TEST(pipe.read_until("line\n") == "line\n");
  BOOST_TEST(writer.lost() == 0U);
}

BOOST_AUTO_TEST_CASE(the_end_does_not_wait_for_a_reader) {
  FullPipe pipe;
  auto writer = std::make_unique<LineWriter>(pipe.write_end());
  BOOST_TEST(writer->write("line\n"));
  writer.reset();         // comes back
  pipe.close_read_end();  // and frees the thread
}

BOOST_AUTO_TEST_CASE(what_a_full_disk_does_not_take_is_lost_and_counted) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  BOOST_REQUIRE(full);
  LineWriter writer(full.get());
  BOOST_TEST(writer.write("one\n"));
  BOOST_TEST(writer.write("two\n"));
  BOOST_TEST(await([&] { return writer.lost() == 2; }));
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_is_not_this_process_end) {
  FullPipe pipe;
  pipe.close_read_end();
  LineWriter writer(pipe.write_end());
  BOOST_TEST(writer.write("line\n"));
  BOOST_TEST(await([&] { return writer.lost() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
