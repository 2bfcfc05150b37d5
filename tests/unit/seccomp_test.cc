// The two filters, run instruction by instruction, against the table that they were made from and
// against one filter of the whole table: every number, architecture and edge of an argument. What
// the kernel makes of the filters is for the integration tests.
#include "runner/seccomp_stages.h"

#include <fcntl.h>
#include <linux/audit.h>
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
#include <cstring>
#include <functional>
#include <set>

#include "support/boost_test.h"
#include "support/seccomp.h"
#include "wire/job.h"
#include "wire/seccomp_table.h"

namespace executor {
namespace {

using test::promised;

// Past the last call of any kernel, and past the old x32 numbers.
constexpr std::uint32_t kNumbers = 2048;
constexpr std::uint32_t kX32 = 0x40000000;
constexpr std::uint64_t kHigh = 1ULL << 32;
constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kAbsent = SECCOMP_RET_ERRNO | ENOSYS;

SeccompStages compiled(Sockets sockets) {
  auto stages = compile_stages(sockets);
  BOOST_REQUIRE_MESSAGE(stages.has_value(), (stages ? "" : stages.error().text()));
  return *stages;
}

const SeccompStages& stages() {
  static const SeccompStages all = compiled(Sockets::kInternetAndUnix);
  return all;
}

seccomp_data call(std::uint32_t number, const std::vector<std::uint64_t>& arguments = {},
                  std::uint32_t arch = kArchitecture) {
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

// As the kernel does with two filters (seccomp(2)): both are run, the newer one first; the action
// of higher precedence wins, which is the smaller number, and the first of two equal actions.
std::uint32_t answer_of(const SeccompStages& both, const seccomp_data& data) {
  const auto action = [](std::uint32_t value) {
    return static_cast<std::int32_t>(value & SECCOMP_RET_ACTION_FULL);
  };
  const std::uint32_t newer = interpret(both.worker, data);
  const std::uint32_t older = interpret(both.zygote, data);
  return action(older) < action(newer) ? older : newer;
}

std::uint32_t answer(const seccomp_data& data) {
  return answer_of(stages(), data);
}

// What the table says of one call.
using Table = std::vector<SeccompGroup>;

Table rules_of(const Table& table, int number) {
  Table found;
  for (const SeccompGroup& group : table) {
    found.push_back({group.purpose, group.answer, {}});
    for (const SeccompRule& rule : group.rules) {
      if (rule.call == number) found.back().rules.push_back(rule);
    }
  }
  return found;
}

// The values of argument `index` that these rules name, and with `near` all at which they could
// change their mind.
std::set<std::uint32_t> values_of(const Table& rules, unsigned index, bool near) {
  std::set<std::uint32_t> values = {0, ~0U};
  for (const SeccompGroup& group : rules) {
    for (const SeccompRule& rule : group.rules) {
      for (const ArgumentTest& test : rule.tests) {
        if (test.index != index) continue;
        const auto value = static_cast<std::uint32_t>(test.value);
        const auto mask = static_cast<std::uint32_t>(test.mask);
        values.insert(value);
        if (near) values.insert({value - 1, value + 1, mask, ~mask});
        for (unsigned bit = 0; near && bit < 32; ++bit) values.insert(value ^ (1U << bit));
      }
    }
  }
  return values;
}

std::set<unsigned> tested_arguments(const Table& rules) {
  std::set<unsigned> found;
  for (const SeccompGroup& group : rules) {
    for (const SeccompRule& rule : group.rules) {
      for (const ArgumentTest& test : rule.tests) found.insert(test.index);
    }
  }
  return found;
}

// Compares what filters answer with what a table promises, and counts how often it has.
class Comparison {
 public:
  using Answer = std::function<std::uint32_t(const seccomp_data&)>;

  Comparison(const Table& table, Answer answer) : table_(table), answer_(std::move(answer)) {}

  // For every number, and for every edge of the arguments that its rules look at. Of more than two
  // arguments one at a time goes along its edges, the others through the values that are named.
  int compare() {
    for (std::uint32_t number = 0; number < kNumbers; ++number) {
      rules_ = rules_of(table_, static_cast<int>(number));
      const auto tested = tested_arguments(rules_);
      for (const std::uint64_t filler : {0ULL, ~0ULL}) {
        seccomp_data data = call(number, std::vector<std::uint64_t>(6, filler));
        if (tested.size() <= 2) {
          compare(data, tested, tested);
        } else {
          for (const unsigned index : tested) compare(data, tested, {index});
        }
      }
    }
    return compared_;
  }

 private:
  // With nothing, one bit and all bits in the high half of each argument.
  void compare(seccomp_data& data, std::set<unsigned> arguments, const std::set<unsigned>& near) {
    if (arguments.empty()) return compare_one(data);
    const unsigned index = arguments.extract(arguments.begin()).value();
    for (const std::uint32_t value : values_of(rules_, index, near.count(index) != 0)) {
      for (const std::uint64_t high : {0ULL, 1ULL, 0xffffffffULL}) {
        data.args[index] = high << 32 | value;
        compare(data, arguments, near);
      }
    }
  }

  void compare_one(const seccomp_data& data) {
    ++compared_;
    const std::uint32_t found = answer_(data);
    const std::uint32_t right = promised(data, rules_);
    if (found == right) return;
    BOOST_ERROR("call " << data.nr << "(" << data.args[0] << ", " << data.args[1] << ", "
                        << data.args[2] << ", " << data.args[3] << "): " << std::hex << found
                        << ", not " << right);
  }

  const Table& table_;
  Answer answer_;
  Table rules_;
  int compared_ = 0;
};

constexpr std::array kAllSockets = {Sockets::kInternetAndUnix, Sockets::kUnix, Sockets::kUnixPairs};

BOOST_AUTO_TEST_SUITE(seccomp_test)

BOOST_AUTO_TEST_CASE(both_filters_together_answer_as_the_table_says_for_every_number_and_edge) {
  for (const Sockets sockets : kAllSockets) {
    const SeccompStages both = compiled(sockets);
    const Table table = seccomp_table(sockets);
    const auto whole = compile_seccomp(table);
    BOOST_REQUIRE(whole.has_value());
    int differences = 0;
    Comparison comparison(table, [&](const seccomp_data& data) {
      const std::uint32_t found = answer_of(both, data);
      differences += found == interpret(*whole, data) ? 0 : 1;
      return found;
    });
    BOOST_TEST(comparison.compare() > 50'000);
    BOOST_TEST(differences == 0, "from one filter of the whole table");
  }
}

// What the second filter is for: the first alone leaves these open.
BOOST_AUTO_TEST_CASE(the_first_filter_alone_is_open_to_confinement_and_refuses_the_rest) {
  for (const Sockets sockets : kAllSockets) {
    const SeccompProgram first = compiled(sockets).zygote;
    for (const std::uint32_t number : {SYS_mount, SYS_umount2, SYS_setns, SYS_unshare, SYS_capset,
                                       SYS_seccomp, SYS_prctl, SYS_setsid, SYS_clone3}) {
      BOOST_TEST(interpret(first, call(number)) == SECCOMP_RET_ALLOW, number);
    }
    for (const std::uint32_t number :
         {SYS_ptrace, SYS_bpf, SYS_chroot, SYS_pivot_root, SYS_keyctl, SYS_setuid, SYS_init_module,
          SYS_perf_event_open, SYS_process_vm_writev, SYS_kexec_load}) {
      BOOST_TEST(interpret(first, call(number)) == kRefused, number);
    }
  }
}

// It is installed for each worker, and that is what it costs.
BOOST_AUTO_TEST_CASE(the_second_filter_is_small) {
  BOOST_TEST_MESSAGE(stages().zygote.size()
                     << " and " << stages().worker.size() << " instructions");
  BOOST_TEST(stages().worker.size() * 4 < stages().zygote.size());
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_calls_are_refused) {
  for (const std::uint32_t number : {10'000U, 0x10000U, 0x3fffffffU, ~0U}) {
    BOOST_TEST(answer(call(number)) == kRefused, number);
  }
}

#ifdef __x86_64__
BOOST_AUTO_TEST_CASE(every_call_of_the_x32_entry_is_absent) {
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    BOOST_TEST_REQUIRE(answer(call(kX32 | number)) == kAbsent, number);
  }
  for (const std::uint32_t number : {0x7fffffffU, 0x80000000U, 0xfffffffeU}) {
    BOOST_TEST(answer(call(number)) == kAbsent, number);
  }
}
#endif

BOOST_AUTO_TEST_CASE(every_call_of_another_architecture_is_absent) {
  for (const std::uint32_t arch :
       {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_ARM},
        kArchitecture ^ AUDIT_ARCH_X86_64 ^ AUDIT_ARCH_AARCH64, 0U, ~0U}) {
    for (std::uint32_t number = 0; number < kNumbers; ++number) {
      BOOST_TEST_REQUIRE(answer(call(number, {}, arch)) == kAbsent, number);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_answer_kills) {
  for (const SeccompProgram* program : {&stages().zygote, &stages().worker}) {
    for (const sock_filter& step : *program) {
      if (BPF_CLASS(step.code) != BPF_RET) continue;
      const std::uint32_t action = step.k & SECCOMP_RET_ACTION_FULL;
      BOOST_TEST((action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO), step.k);
    }
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

// The table could be wrong as a whole, so what matters most is said here again.
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
