// What the two filters answer to the calls whose arguments matter most, high bits included.
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#ifdef __x86_64__
#include <asm/prctl.h>
#endif

#include <array>
#include <vector>

#include "runner/seccomp_stages.h"
#include "support/boost_test.h"
#include "unit/seccomp_answers.h"
#include "wire/job.h"
#include "wire/seccomp_table.h"

namespace executor {
namespace {

using test::answer;
using test::answer_of;
using test::call;
using test::compiled;
using test::kAbsent;
using test::kHigh;
using test::kRefused;

// The table could be wrong as a whole, so what matters most is said here again.
struct Case {
  const char* what;
  std::uint32_t number;
  std::vector<std::uint64_t> arguments;
  std::uint32_t answer;
};

BOOST_AUTO_TEST_SUITE(seccomp_arguments_test)

BOOST_AUTO_TEST_CASE(arguments_are_judged_by_what_the_kernel_will_see_of_them) {
  const std::uint64_t job = kJobSocket;
  const std::array cases = {
      Case{"fork by clone", SYS_clone, {SIGCHLD}, SECCOMP_RET_ALLOW},
      Case{"clone user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, kRefused},
      Case{"clone network", SYS_clone, {CLONE_NEWNET}, kRefused},
      Case{"clone cgroup", SYS_clone, {CLONE_NEWCGROUP}, kRefused},
      Case{"clone3", SYS_clone3, {0, 88}, kAbsent},
      Case{"unix", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, SECCOMP_RET_ALLOW},
      Case{"tcp", SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_TCP}, SECCOMP_RET_ALLOW},
      Case{"icmp", SYS_socket, {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, kRefused},
      Case{"flags",
           SYS_socket,
           {AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK},
           SECCOMP_RET_ALLOW},
      Case{"no flag", SYS_socket, {AF_INET, SOCK_STREAM | 1 << 20}, kRefused},
      Case{"DCCP", SYS_socket, {AF_INET, SOCK_DCCP, 0}, kRefused},
      Case{"raw", SYS_socket, {AF_INET, SOCK_RAW, 0}, kRefused},
      Case{"old packet", SYS_socket, {AF_INET, SOCK_PACKET, 0}, kRefused},
      Case{"UDP of streams", SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_UDP}, kRefused},
      Case{"TCP of datagrams", SYS_socket, {AF_INET6, SOCK_DGRAM, IPPROTO_TCP}, kRefused},
      Case{"a type of no family", SYS_socketpair, {AF_UNIX, SOCK_RDM, 0}, kRefused},
      Case{"a process of the socket", SYS_getsockopt, {3, SOL_SOCKET, 77}, kRefused},
      Case{"a cookie", SYS_getsockopt, {3, SOL_SOCKET, 57}, kRefused},
      Case{"errors", SYS_getsockopt, {3, SOL_SOCKET, SO_ERROR}, SECCOMP_RET_ALLOW},
      Case{"core dumps", SYS_setrlimit, {RLIMIT_CORE}, kRefused},
      Case{"core dumps", SYS_prlimit64, {0, RLIMIT_CORE, 4096, 0}, kRefused},
      Case{"files", SYS_prlimit64, {0, RLIMIT_NOFILE, 4096, 0}, SECCOMP_RET_ALLOW},
      Case{"merge", SYS_madvise, {0, 4096, MADV_MERGEABLE}, kRefused},
      Case{"page out", SYS_madvise, {0, 4096, MADV_PAGEOUT}, kRefused},
      Case{"poison", SYS_madvise, {0, 4096, MADV_HWPOISON}, kRefused},
      Case{"give back", SYS_madvise, {0, 4096, MADV_DONTNEED}, SECCOMP_RET_ALLOW},
      Case{"huge pages", SYS_madvise, {0, 4096, MADV_HUGEPAGE}, SECCOMP_RET_ALLOW},
#ifdef __x86_64__
      Case{"thread data", SYS_arch_prctl, {ARCH_SET_FS, 4096}, SECCOMP_RET_ALLOW},
      Case{"faults for CPUID", SYS_arch_prctl, {ARCH_SET_CPUID, 0}, kRefused},
      Case{"replace the job", SYS_dup2, {1, job}, kRefused},
      Case{"another job", SYS_dup2, {job, 5}, kRefused},
#endif
      Case{"netlink", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}, kRefused},
      Case{"packet", SYS_socket, {AF_PACKET, SOCK_RAW, 0}, kRefused},
      Case{"vsock", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}, kRefused},
      Case{"terminal input", SYS_ioctl, {0, TIOCSTI}, kRefused},
      Case{"window size", SYS_ioctl, {0, TIOCGWINSZ}, SECCOMP_RET_ALLOW},
      Case{"name", SYS_prctl, {PR_SET_NAME}, SECCOMP_RET_ALLOW},
      Case{"dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}, kRefused},
      Case{"die alone", SYS_prctl, {PR_SET_PDEATHSIG, 0}, kRefused},
      Case{"seccomp", SYS_prctl, {PR_SET_SECCOMP, 2}, kRefused},
      Case{"personality", SYS_personality, {0x0040000}, kRefused},
      Case{"asked personality", SYS_personality, {0xffffffff}, kRefused},
      Case{"private memory", SYS_mmap, {0, 1, 3, MAP_PRIVATE | MAP_ANONYMOUS}, SECCOMP_RET_ALLOW},
      Case{"shared memory", SYS_mmap, {0, 1, 3, MAP_SHARED | MAP_ANONYMOUS}, kRefused},
      Case{"huge pages", SYS_mmap, {0, 1, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB}, kRefused},
      Case{"notices", SYS_fcntl, {3, F_NOTIFY, 1}, kRefused},
      Case{"leases", SYS_fcntl, {3, F_SETLEASE, 0}, kRefused},
      Case{"pipe size", SYS_fcntl, {3, F_SETPIPE_SZ, 1 << 20}, kRefused},
      Case{"flags", SYS_fcntl, {3, F_GETFL}, SECCOMP_RET_ALLOW},
      Case{"flags of the job", SYS_fcntl, {job, F_SETFL, 0}, kRefused},
      Case{"write", SYS_write, {1}, SECCOMP_RET_ALLOW},
      Case{"write far away", SYS_write, {1 << 20}, SECCOMP_RET_ALLOW},
      Case{"write to none", SYS_write, {~0ULL}, SECCOMP_RET_ALLOW},
      Case{"write to the job", SYS_write, {job}, kRefused},
      Case{"send to the job", SYS_sendto, {job}, kRefused},
      Case{"send a message to the job", SYS_sendmsg, {job}, kRefused},
      Case{"close the job", SYS_close, {job}, kRefused},
      Case{"shut the job down", SYS_shutdown, {job, 2}, kRefused},
      Case{"replace the job", SYS_dup3, {1, job, 0}, kRefused},
      Case{"close all", SYS_close_range, {0, 0xffffffff}, kRefused},
      Case{"close below", SYS_close_range, {3, 511}, SECCOMP_RET_ALLOW},
      Case{"close the job", SYS_close_range, {job, job}, kRefused},
      Case{"copy to the job", SYS_copy_file_range, {3, 0, job}, kRefused},
      Case{"flow labels", SYS_setsockopt, {3, IPPROTO_IPV6, 32}, kRefused},
      Case{"no delay", SYS_setsockopt, {3, IPPROTO_TCP, 1}, SECCOMP_RET_ALLOW},
      Case{"only IPv6", SYS_setsockopt, {3, IPPROTO_IPV6, 26}, SECCOMP_RET_ALLOW},
      Case{"multicast", SYS_setsockopt, {3, IPPROTO_IP, 35}, kRefused},
      Case{"TLS in the kernel", SYS_setsockopt, {3, IPPROTO_TCP, 31}, kRefused},
      Case{"firewall", SYS_setsockopt, {3, IPPROTO_IP, 64}, kRefused},
      Case{"firewall", SYS_setsockopt, {3, IPPROTO_IPV6, 64}, kRefused},
      Case{"IPsec in UDP", SYS_setsockopt, {3, IPPROTO_UDP, 100}, kRefused},
      Case{"lingering", SYS_setsockopt, {3, SOL_SOCKET, SO_LINGER}, kRefused},
      Case{"buffers", SYS_setsockopt, {3, SOL_SOCKET, SO_SNDBUF}, kRefused},
      Case{"read without waiting", SYS_preadv2, {3, 0, 0, 0, 0, 8}, kRefused},
  };
  for (const Case& one : cases) {
    BOOST_TEST(answer(call(one.number, one.arguments)) == one.answer, one.what);
    for (std::size_t i = 0; i < one.arguments.size(); ++i) {
      for (const std::uint64_t high : {kHigh, kHigh << 31, ~(kHigh - 1)}) {
        std::vector<std::uint64_t> arguments = one.arguments;
        arguments[i] |= high;
        BOOST_TEST(answer(call(one.number, arguments)) == one.answer,
                   one.what << " with high bits in argument " << i);
      }
    }
  }
}

// A limit is asked for with no address for the new one; half of one is an address.
BOOST_AUTO_TEST_CASE(the_limit_of_core_dumps_can_be_asked_for_and_not_set) {
  BOOST_TEST(answer(call(SYS_prlimit64, {0, RLIMIT_CORE, 0, 4096})) == SECCOMP_RET_ALLOW);
  BOOST_TEST(answer(call(SYS_prlimit64, {0, RLIMIT_CORE, kHigh, 4096})) == kRefused);
  BOOST_TEST(answer(call(SYS_prlimit64, {0, RLIMIT_CORE, 1, 4096})) == kRefused);
}

BOOST_AUTO_TEST_CASE(without_a_pid_namespace_only_clocks_of_the_process_itself_are_read) {
  constexpr std::uint32_t kSelf = ~5U, kProcess = ~1000U << 3 | 2, kThread = ~1000U << 3 | 6;
  constexpr std::uint32_t kDescriptor = ~5U << 3 | 3;
  for (const Sockets sockets : {Sockets::kUnix, Sockets::kUnixPairs}) {
    const SeccompStages both = compiled(sockets);
    for (const std::uint32_t number :
         {SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_timer_create}) {
      for (const std::uint64_t high : {std::uint64_t{0}, kHigh, ~(kHigh - 1)}) {
        for (const std::uint32_t clock : {0U, 2U, 11U, kSelf, kThread}) {
          BOOST_TEST(answer_of(both, call(number, {high | clock})) == SECCOMP_RET_ALLOW, clock);
        }
        for (const std::uint32_t clock : {kProcess, kDescriptor, 16U, 0x80000000U}) {
          BOOST_TEST(answer_of(both, call(number, {high | clock})) == kRefused, clock);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
