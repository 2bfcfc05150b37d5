// The compiled filter, run instruction by instruction, against the table that it was made from:
// every number, architecture and edge of an argument. What the kernel makes of the filter is for
// the integration tests.
#include "runner/seccomp.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cstring>
#include <set>

#include "runner/seccomp_table.h"
#include "support/boost_test.h"
#include "support/seccomp.h"
#include "wire/job.h"

namespace executor {
namespace {

using test::promised;

// Past the last call of any kernel, and past the old x32 numbers.
constexpr std::uint32_t kNumbers = 2048;
constexpr std::uint32_t kX32 = 0x40000000;
constexpr std::uint64_t kHigh = 1ULL << 32;
constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kAbsent = SECCOMP_RET_ERRNO | ENOSYS;

const SeccompProgram& program() {
  static const auto compiled = compile_seccomp();
  BOOST_REQUIRE_MESSAGE(compiled.has_value(), (compiled ? "" : compiled.error().text()));
  return *compiled;
}

seccomp_data call(std::uint32_t number, const std::vector<std::uint64_t>& arguments = {},
                  std::uint32_t arch = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  std::copy(arguments.begin(), arguments.end(), data.args);
  return data;
}

bool jumps(const sock_filter& step, std::uint32_t accumulator) {
  switch (BPF_OP(step.code)) {
    case BPF_JEQ:
      return accumulator == step.k;
    case BPF_JGT:
      return accumulator > step.k;
    case BPF_JGE:
      return accumulator >= step.k;
    case BPF_JSET:
      return (accumulator & step.k) != 0;
    default:
      throw std::runtime_error("a jump that the interpreter does not know");
  }
}

// Classic BPF, as much of it as libseccomp writes (bpf(2), Documentation/networking/filter.rst).
std::uint32_t interpret(const SeccompProgram& steps, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const sock_filter& step = steps[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      default:
        if (BPF_CLASS(step.code) != BPF_JMP) throw std::runtime_error("an unknown instruction");
        at += jumps(step, accumulator) ? step.jt : step.jf;
    }
  }
  throw std::runtime_error("the program has no end");
}

std::uint32_t answer(const seccomp_data& data) {
  return interpret(program(), data);
}

// The values of argument `index` at which a rule for the call could change its mind.
std::set<std::uint32_t> edges(int number, unsigned index) {
  std::set<std::uint32_t> values;
  for (const SeccompGroup& group : seccomp_table()) {
    for (const SeccompRule& rule : group.rules) {
      for (const ArgumentTest& test : rule.tests) {
        if (rule.call != number || test.index != index) continue;
        values.insert({0, ~0U, test.value, test.value - 1, test.value + 1, test.mask, ~test.mask});
        for (unsigned bit = 0; bit < 32; ++bit) values.insert(test.value ^ (1U << bit));
      }
    }
  }
  if (values.empty()) values = {0, ~0U};
  return values;
}

std::set<unsigned> tested_arguments(int number) {
  std::set<unsigned> found;
  for (const SeccompGroup& group : seccomp_table()) {
    for (const SeccompRule& rule : group.rules) {
      for (const ArgumentTest& test : rule.tests) {
        if (rule.call == number) found.insert(test.index);
      }
    }
  }
  return found;
}

// Goes on with `data` for every edge of each of `arguments`, with nothing, one bit and all bits in
// its high half. Returns how many answers were compared.
int compare(seccomp_data& data, std::set<unsigned> arguments) {
  if (arguments.empty()) {
    const std::uint32_t found = answer(data);
    if (found != promised(data)) {
      BOOST_ERROR("call " << data.nr << "(" << data.args[0] << ", " << data.args[1] << ", "
                          << data.args[2] << ", " << data.args[3] << "): " << std::hex << found
                          << ", not " << promised(data));
    }
    return 1;
  }
  int compared = 0;
  const unsigned index = arguments.extract(arguments.begin()).value();
  for (const std::uint32_t edge : edges(data.nr, index)) {
    for (const std::uint64_t high : {0ULL, 1ULL, 0xffffffffULL}) {
      data.args[index] = high << 32 | edge;
      compared += compare(data, arguments);
    }
  }
  return compared;
}

BOOST_AUTO_TEST_SUITE(seccomp_test)

BOOST_AUTO_TEST_CASE(the_filter_answers_as_the_table_says_for_every_number_and_edge) {
  int compared = 0;
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    for (const std::uint64_t filler : {0ULL, ~0ULL}) {
      seccomp_data data = call(number, std::vector<std::uint64_t>(6, filler));
      const auto tested = tested_arguments(data.nr);
      compared += compare(data, tested);
    }
  }
  BOOST_TEST(compared > 50'000);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_calls_are_refused) {
  for (const std::uint32_t number : {10'000U, 0x10000U, 0x3fffffffU, ~0U}) {
    BOOST_TEST(answer(call(number)) == kRefused, number);
  }
}

BOOST_AUTO_TEST_CASE(every_call_of_the_x32_entry_is_absent) {
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    BOOST_TEST_REQUIRE(answer(call(kX32 | number)) == kAbsent, number);
  }
  for (const std::uint32_t number : {0x7fffffffU, 0x80000000U, 0xfffffffeU}) {
    BOOST_TEST(answer(call(number)) == kAbsent, number);
  }
}

BOOST_AUTO_TEST_CASE(every_call_of_another_architecture_is_absent) {
  for (const std::uint32_t arch : {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_ARM},
                                   std::uint32_t{AUDIT_ARCH_AARCH64}, 0U, ~0U}) {
    for (std::uint32_t number = 0; number < kNumbers; ++number) {
      BOOST_TEST_REQUIRE(answer(call(number, {}, arch)) == kAbsent, number);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_answer_kills) {
  for (const sock_filter& step : program()) {
    if (BPF_CLASS(step.code) != BPF_RET) continue;
    const std::uint32_t action = step.k & SECCOMP_RET_ACTION_FULL;
    BOOST_TEST((action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO), step.k);
  }
}

BOOST_AUTO_TEST_CASE(a_rule_names_its_call_once_unless_it_tests_arguments) {
  std::set<int> whole;
  std::set<int> partly;
  for (const SeccompGroup& group : seccomp_table()) {
    for (const SeccompRule& rule : group.rules) {
      if (rule.tests.empty()) {
        BOOST_TEST(whole.insert(rule.call).second, "call " << rule.call << " is listed twice");
      } else {
        partly.insert(rule.call);
      }
    }
  }
  for (const int number : partly) BOOST_TEST(whole.count(number) == 0U, number);
}

// The table could be wrong as a whole, so what matters most is said here once more.
struct Case {
  const char* what;
  std::uint32_t number;
  std::vector<std::uint64_t> arguments;
  std::uint32_t answer;
};

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
      Case{"replace the job", SYS_dup2, {1, job}, kRefused},
      Case{"replace the job", SYS_dup3, {1, job, 0}, kRefused},
      Case{"another job", SYS_dup2, {job, 5}, kRefused},
      Case{"close all", SYS_close_range, {0, 0xffffffff}, kRefused},
      Case{"close below", SYS_close_range, {3, 511}, SECCOMP_RET_ALLOW},
      Case{"close the job", SYS_close_range, {job, job}, kRefused},
      Case{"copy to the job", SYS_copy_file_range, {3, 0, job}, kRefused},
      Case{"flow labels", SYS_setsockopt, {3, IPPROTO_IPV6, 32}, kRefused},
      Case{"no delay", SYS_setsockopt, {3, IPPROTO_TCP, 1}, SECCOMP_RET_ALLOW},
      Case{"only IPv6", SYS_setsockopt, {3, IPPROTO_IPV6, 26}, SECCOMP_RET_ALLOW},
      Case{"multicast", SYS_setsockopt, {3, IPPROTO_IP, 35}, SECCOMP_RET_ALLOW},
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
