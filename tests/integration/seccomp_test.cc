// The filters in the kernel: every number is called by a child that is bound to both, and the
// kernel answers as the table says. The arguments are such that no call does anything: no
// descriptor, no process, no address.
#include "runner/seccomp_stages.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <vector>

#include "base/fd.h"
#include "support/boost_test.h"
#include "support/seccomp.h"
#include "wire/job.h"

namespace executor {
namespace {

using test::promised;
using Arguments = std::array<std::uint64_t, 6>;

struct Call {
  long number;
  Arguments arguments;
};

// Past the last call of any kernel.
constexpr int kNumbers = 1024;
constexpr int kX32 = 0x40000000;
constexpr Arguments kNowhere = {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
constexpr std::uint64_t kHigh = 1ULL << 32;
// uretprobe(2) and uprobe(2): since Linux 6.14 no filter sees these two. Any caller but the code
// that the kernel itself has put into a process for a tracer gets SIGILL and ENXIO.
constexpr long kUretprobe = 335;
constexpr long kUprobe = 336;
// Exit statuses of a child that no errno has.
constexpr int kDone = 200;
constexpr int kUnbound = 201;

const SeccompStages& stages() {
  static const auto compiled = compile_stages();
  BOOST_REQUIRE_MESSAGE(compiled.has_value(), (compiled ? "" : compiled.error().text()));
  return *compiled;
}

// The wait status of a child that runs `act` under the filter and nothing else.
int in_filtered_child(const std::function<int()>& act) {
  const SeccompStages& filters = stages();
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    for (const int signal : {SIGALRM, SIGSEGV, SIGILL, SIGBUS}) ::signal(signal, SIG_DFL);
    if (!filter_zygote(filters.zygote) || !install_seccomp(filters.worker)) ::_exit(kUnbound);
    // A call that waits, pause(2), is ended by this.
    const itimerval soon{{0, 0}, {0, 100'000}};
    if (::setitimer(ITIMER_REAL, &soon, nullptr) != 0) ::_exit(kUnbound);
    ::_exit(act());
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

// Makes the call. Returns its errno, or kDone. A child that it makes ends here.
int probe(long number, const Arguments& a) {
#ifdef __x86_64__
  if (number == SYS_vfork) return errno = 0, ::vfork() == 0 ? (::_exit(0), 0) : kDone;
#endif
  const long answer = ::syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
#ifdef __x86_64__
  if (answer == 0 && number == SYS_fork) ::_exit(0);
#endif
  return answer == -1 ? errno : kDone;
}

std::uint32_t promised_for(long number, const Arguments& arguments) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = kArchitecture;
  std::copy(arguments.begin(), arguments.end(), data.args);
  return promised(data);
}

// Whether a child that ended so has had the answer that the table promises for the call.
bool is_as_promised(int status, std::uint32_t promise) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) return false;
  const int answer = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  // The kernel saw it: another error, success, or the end of the caller (exit, rt_sigreturn).
  if (promise == SECCOMP_RET_ALLOW) return answer != EPERM && answer != kUnbound;
  const auto error = static_cast<int>(promise & SECCOMP_RET_DATA);
  return answer == (error == 0 ? kDone : error);
}

void check_call(long number, const Arguments& arguments = kNowhere) {
  const int status = in_filtered_child([&] { return probe(number, arguments); });
  const std::uint32_t promise = promised_for(number, arguments);
  if (number == kUretprobe && WIFSIGNALED(status) && WTERMSIG(status) == SIGILL) return;
  if (number == kUprobe && WIFEXITED(status) && WEXITSTATUS(status) == ENXIO) return;
  BOOST_TEST(is_as_promised(status, promise), "call " << number << " ended with wait status "
                                                      << status << "; the table says " << std::hex
                                                      << promise);
}

bool is_refused(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == EPERM;
}

BOOST_AUTO_TEST_SUITE(seccomp_test)

BOOST_AUTO_TEST_CASE(the_kernel_answers_every_number_as_the_table_says) {
  for (long number = 0; number < kNumbers; ++number) check_call(number);
}

#ifdef __x86_64__
BOOST_AUTO_TEST_CASE(the_x32_entry_is_refused_without_a_crash) {
  for (long number = 0; number < kNumbers; number += 8) check_call(kX32 + number);
  for (const int number : {SYS_write, SYS_mount, SYS_unshare, SYS_clone, 520, 545}) {
    check_call(kX32 | number);
  }
}

// int 0x80 enters the kernel with the numbers of 32-bit programs: 20 is getpid there.
BOOST_AUTO_TEST_CASE(the_32_bit_entry_is_refused_without_a_crash) {
  for (const long number : {1L, 4L, 20L, 21L, 26L, 102L, 120L, 310L}) {
    const int status = in_filtered_child([number] {
      long answer = number;
      asm volatile("int $0x80" : "+a"(answer) : "b"(-1L), "c"(-1L), "d"(-1L) : "memory");
      return answer < 0 ? static_cast<int>(-answer) : kDone;
    });
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == ENOSYS), number);
  }
}
#endif

BOOST_AUTO_TEST_CASE(high_bits_take_nothing_past_the_kernel) {
  constexpr std::uint64_t kNone = ~0ULL;
  const Call calls[] = {
      {SYS_clone, {CLONE_NEWUSER | SIGCHLD | kHigh}},
      {SYS_clone, {CLONE_NEWNET | SIGCHLD | kHigh << 31}},
      {SYS_socket, {AF_NETLINK | kHigh, SOCK_RAW, 0}},
      {SYS_socket, {AF_PACKET | kHigh, SOCK_RAW, 0}},
      {SYS_socket, {AF_INET, SOCK_DGRAM, IPPROTO_ICMP | kHigh}},
      {SYS_socketpair, {AF_INET | kHigh, SOCK_STREAM, 0, kNone}},
      {SYS_ioctl, {0, TIOCSTI | kHigh, kNone}},
      {SYS_prctl, {PR_SET_PDEATHSIG | kHigh, 0}},
      {SYS_prctl, {PR_SET_SECCOMP | kHigh, 1}},
      {SYS_personality, {0xffffffffU | kHigh}},
      {SYS_fcntl, {0, F_NOTIFY | kHigh, 0}},
      {SYS_fcntl, {0, F_SETLEASE | kHigh, F_UNLCK}},
      {SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | kHigh, kNone, 0}},
      {SYS_preadv2, {kNone, kNone, 0, 0, 0, 8 | kHigh}},
      {SYS_setsockopt, {kNone, SOL_SOCKET, SO_LINGER | kHigh, kNone, 8}},
      {SYS_setsockopt, {kNone, SOL_SOCKET | kHigh, SO_SNDBUF, kNone, 4}},
  };
  for (const Call& call : calls) {
    const int status = in_filtered_child([&] { return probe(call.number, call.arguments); });
    BOOST_TEST(is_refused(status), "call " << call.number << " ended with wait status " << status);
  }
}

// With a real descriptor under the number, so that what passed the filter would succeed.
BOOST_AUTO_TEST_CASE(the_job_socket_is_guarded_whatever_the_high_bits) {
  constexpr std::uint64_t kSocket = kJobSocket;
  BOOST_REQUIRE(::fcntl(kJobSocket, F_GETFD) == -1);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const UniqueFd guarded(::dup3(null.get(), kJobSocket, O_CLOEXEC));
  BOOST_REQUIRE(guarded.get() == kJobSocket);
  for (const std::uint64_t high : {0ULL, 1ULL, 0x80000000ULL, 0xffffffffULL}) {
    const std::uint64_t socket = high << 32 | kSocket;
    const Call calls[] = {
        {SYS_write, {socket, 0, 0}},
        {SYS_writev, {socket, 0, 0}},
        {SYS_pwrite64, {socket, 0, 0, 0}},
        {SYS_pwritev, {socket, 0, 0, 0, 0}},
        {SYS_pwritev2, {socket, 0, 0, 0, 0}},
        {SYS_close, {socket}},
        {SYS_dup, {socket}},
#ifdef __x86_64__
        {SYS_dup2, {0, socket}},
        {SYS_dup2, {socket, 5}},
#endif
        {SYS_dup3, {0, socket, 0}},
        {SYS_fcntl, {socket, F_GETFD}},
        {SYS_close_range, {high << 32, ~0ULL, 0}},
        {SYS_sendto, {socket, 0, 0}},
        {SYS_sendmsg, {socket, 0, 0}},
        {SYS_shutdown, {socket, 2}},
        {SYS_close_range, {socket, socket, 0}},
        {SYS_sendfile, {socket, 0, 0, 0}},
        {SYS_copy_file_range, {0, 0, socket, 0, 0, 0}},
    };
    for (const Call& call : calls) {
      const int status = in_filtered_child([&] { return probe(call.number, call.arguments); });
      BOOST_TEST(is_refused(status), "call " << call.number << " with " << std::hex << high
                                             << " on top ended with wait status " << status);
    }
  }
}

// The user's share of pages in pipes, which every run of the same user can use up.
BOOST_AUTO_TEST_CASE(the_program_is_whole_when_the_users_pipes_are_used_up) {
  constexpr int kLarge = 1 << 20;
  constexpr int kUsual = 1 << 16;
  constexpr int kMost = 256;
  std::vector<UniqueFd> pipes;
  int capacity = kLarge;
  for (int i = 0; i < kMost && capacity >= kUsual; ++i) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    pipes.emplace_back(ends[0]);
    pipes.emplace_back(ends[1]);
    (void)::fcntl(ends[1], F_SETPIPE_SZ, kLarge);  // refused when little is left
    capacity = ::fcntl(ends[1], F_GETPIPE_SZ);
  }
  BOOST_REQUIRE(capacity < kUsual);
  const auto compiled = compile_seccomp(seccomp_table());
  BOOST_REQUIRE(compiled.has_value());
  pipes.clear();
  BOOST_TEST(compiled->size() == compile_seccomp(seccomp_table())->size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
