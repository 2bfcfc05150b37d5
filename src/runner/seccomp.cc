#include "runner/seccomp.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "base/fd.h"
#include "wire/job.h"

namespace executor {
namespace {

// Allowed with any arguments, by purpose.
constexpr std::array kAllowed = {
    // Memory; mmap is below. Not memfd_create and the shm family, which no limit counts.
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mincore),
    SCMP_SYS(mlock),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munlock),
    SCMP_SYS(munmap),
    // Reading and finding files.
    SCMP_SYS(access),
    SCMP_SYS(chdir),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fchdir),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(flistxattr),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(listxattr),
    SCMP_SYS(llistxattr),
    SCMP_SYS(lseek),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(read),
    SCMP_SYS(readahead),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(readv),
    SCMP_SYS(stat),
    SCMP_SYS(statfs),
    SCMP_SYS(statx),
    // Changing files. Not flock: a lock on a library's file is seen by every other run.
    SCMP_SYS(chmod),
    SCMP_SYS(chown),
    SCMP_SYS(creat),
    SCMP_SYS(fallocate),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(ftruncate),
    SCMP_SYS(futimesat),
    SCMP_SYS(lchown),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(rmdir),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(truncate),
    SCMP_SYS(umask),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(utime),
    SCMP_SYS(utimensat),
    SCMP_SYS(utimes),
    // Waiting on descriptors.
    SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pselect6),
    SCMP_SYS(select),
    SCMP_SYS(signalfd),
    SCMP_SYS(signalfd4),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_gettime),
    SCMP_SYS(timerfd_settime),
    // Processes and threads of its own; pid 1 and below are all that a worker can name.
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fork),
    SCMP_SYS(futex),
    SCMP_SYS(futex_waitv),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(getpgid),
    SCMP_SYS(getpgrp),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getsid),
    SCMP_SYS(gettid),
    SCMP_SYS(kill),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(setpgid),
    SCMP_SYS(tgkill),
    SCMP_SYS(tkill),
    SCMP_SYS(vfork),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(arch_prctl),
    // Scheduling and limits: hard limits can only be lowered without CAP_SYS_RESOURCE.
    SCMP_SYS(getcpu),
    SCMP_SYS(getpriority),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(prlimit64),
    SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_rr_get_interval),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(sched_yield),
    SCMP_SYS(setpriority),
    SCMP_SYS(setrlimit),
    SCMP_SYS(times),
    // Signals.
    SCMP_SYS(alarm),
    SCMP_SYS(getitimer),
    SCMP_SYS(pause),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(setitimer),
    SCMP_SYS(sigaltstack),
    // Time.
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(nanosleep),
    SCMP_SYS(time),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_delete),
    SCMP_SYS(timer_getoverrun),
    SCMP_SYS(timer_gettime),
    SCMP_SYS(timer_settime),
    // Who and where it is.
    SCMP_SYS(capget),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getrandom),
    SCMP_SYS(getresgid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getuid),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    // Sockets, once made: they lead nowhere but to the worker's own loopback.
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(listen),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmmsg),
};

// Answered with ENOSYS, because libc then falls back to a call whose arguments can be checked.
constexpr std::array kAbsent = {SCMP_SYS(clone3)};

// Answered with success and not done. Scratch space is memory, so there is nothing to synchronise,
// and on the libraries' files these calls would wait for the host's disks or empty its page cache.
// A session of its own would be an autogroup of its own: more CPU than its neighbours'.
constexpr std::array kPretended = {SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(msync),
                                   SCMP_SYS(fadvise64), SCMP_SYS(setsid)};

// Allowed when the 32-bit argument `index` has, under `mask`, one of the listed values. Compared
// under a mask always: the kernel ignores the high half of a 32-bit argument, and so must we.
struct MaskedRule {
  int call;
  unsigned index;
  std::uint32_t mask;
  std::uint32_t value;
};

constexpr std::uint32_t kAll = 0xffffffffU;
constexpr std::uint32_t kNamespaceFlags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
                                          CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                                          CLONE_NEWCGROUP;

constexpr std::uint32_t kSharedAnonymous = MAP_SHARED | MAP_ANONYMOUS;

constexpr std::array kMasked = {
    MaskedRule{SCMP_SYS(clone), 0, kNamespaceFlags, 0},
    // Not shared and without a file: what is unmapped of it stays, out of sight of every limit, as
    // long as one page is mapped. Nor huge pages, which no count of a process's memory includes.
    MaskedRule{SCMP_SYS(mmap), 3, kSharedAnonymous | MAP_HUGETLB, 0},
    MaskedRule{SCMP_SYS(mmap), 3, kSharedAnonymous | MAP_HUGETLB, MAP_SHARED},
    MaskedRule{SCMP_SYS(mmap), 3, kSharedAnonymous | MAP_HUGETLB, MAP_ANONYMOUS},
    // Without flags: RWF_NOWAIT tells whether others have read a page of a file that all share.
    MaskedRule{SCMP_SYS(preadv2), 5, kAll, 0},
    MaskedRule{SCMP_SYS(socket), 0, kAll, AF_UNIX},
    MaskedRule{SCMP_SYS(socketpair), 0, kAll, AF_UNIX},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_SET_NAME},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_GET_NAME},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_GET_PDEATHSIG},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_GET_DUMPABLE},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_GET_SECCOMP},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_GET_NO_NEW_PRIVS},
    MaskedRule{SCMP_SYS(prctl), 0, kAll, PR_CAPBSET_READ},
    // Not TIOCSTI, TIOCLINUX and the other ways in which a terminal or device does as it is told.
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, TCGETS},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, TIOCGWINSZ},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, FIONREAD},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, FIONBIO},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, FIOCLEX},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, FIONCLEX},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, SIOCGIFCONF},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, SIOCGIFINDEX},
    MaskedRule{SCMP_SYS(ioctl), 1, kAll, SIOCGIFNAME},
};

// Allowed unless the descriptor argument is the job socket, so that a script which closes or writes
// to whatever it finds still gets its own answer out: the worker itself sends with sendmmsg, which
// Python has no name for. Not a boundary (the high half of the argument is compared as well): a
// script can only spoil its own answer.
struct DescriptorRule {
  int call;
  unsigned index;
};

constexpr std::array kNotOnJobSocket = {
    DescriptorRule{SCMP_SYS(close), 0},    DescriptorRule{SCMP_SYS(dup), 0},
    DescriptorRule{SCMP_SYS(write), 0},    DescriptorRule{SCMP_SYS(writev), 0},
    DescriptorRule{SCMP_SYS(pwrite64), 0}, DescriptorRule{SCMP_SYS(pwritev), 0},
    DescriptorRule{SCMP_SYS(pwritev2), 0}, DescriptorRule{SCMP_SYS(sendto), 0},
    DescriptorRule{SCMP_SYS(sendmsg), 0},  DescriptorRule{SCMP_SYS(shutdown), 0},
    DescriptorRule{SCMP_SYS(sendfile), 0}, DescriptorRule{SCMP_SYS(copy_file_range), 2},
};

// That the low half of an argument is the value.
scmp_arg_cmp equal(unsigned index, int value) {
  return {index, SCMP_CMP_MASKED_EQ, kAll, static_cast<std::uint32_t>(value)};
}

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

// The first failure of a row of additions, as libseccomp's negative errno.
class Adder {
 public:
  explicit Adder(scmp_filter_ctx context) : context_(context) {}

  template <typename... Compare>
  void add(std::uint32_t action, int call, Compare... compare) {
    if (error_ == 0)
      error_ = ::seccomp_rule_add(context_, action, call, sizeof...(compare), compare...);
  }
  [[nodiscard]] int error() const { return error_; }

 private:
  scmp_filter_ctx context_;
  int error_ = 0;
};

// TCP and UDP: socket() has the kernel load the module of any other protocol that it is asked for.
void add_internet_rules(Adder& adder) {
  for (const int family : {AF_INET, AF_INET6}) {
    for (const int protocol : {0, int{IPPROTO_TCP}, int{IPPROTO_UDP}}) {
      adder.add(SCMP_ACT_ALLOW, SCMP_SYS(socket), equal(0, family), equal(2, protocol));
    }
  }
  // Not SO_LINGER: whoever closes such a socket last waits, and the last could be the responder, to
  // which it was sent in a packet on the job socket. Not SO_SNDBUF and SO_RCVBUF: buffers are
  // memory that no limit counts.
  for (const int option : {SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_OOBINLINE,
                           SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVLOWAT, SO_PASSCRED}) {
    adder.add(SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), equal(1, SOL_SOCKET), equal(2, option));
  }
  for (const int level : {int{IPPROTO_IP}, int{IPPROTO_TCP}, int{IPPROTO_UDP}}) {
    adder.add(SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), equal(1, level));
  }
  // Not IPV6_FLOWLABEL_MGR (32): flow labels outlive their sockets by up to a minute, and so could
  // be read by the next run in a recycled network. The bit is set in no option that matters here.
  constexpr std::uint32_t kFlowLabelBit = 0x20;
  adder.add(SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), equal(1, IPPROTO_IPV6),
            scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ, kFlowLabelBit, 0});
}

void add_job_socket_rules(Adder& adder) {
  for (const DescriptorRule& rule : kNotOnJobSocket) {
    adder.add(SCMP_ACT_ALLOW, rule.call, scmp_arg_cmp{rule.index, SCMP_CMP_NE, kJobSocket, 0});
  }
  for (const int call : {SCMP_SYS(dup2), SCMP_SYS(dup3)}) {
    adder.add(SCMP_ACT_ALLOW, call, scmp_arg_cmp{0, SCMP_CMP_NE, kJobSocket, 0},
              scmp_arg_cmp{1, SCMP_CMP_NE, kJobSocket, 0});
  }
  // All commands below 64, and a few of Linux's own. Not F_NOTIFY and F_SETLEASE, which tell of
  // what everybody else on the machine does with a directory or a file.
  const scmp_arg_cmp other = {0, SCMP_CMP_NE, kJobSocket, 0};
  adder.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), other,
            scmp_arg_cmp{1, SCMP_CMP_MASKED_EQ, kAll ^ 63, 0});
  for (const int command : {F_DUPFD_CLOEXEC, F_GETPIPE_SZ}) {
    adder.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), other, equal(1, command));
  }
  adder.add(SCMP_ACT_ALLOW, SCMP_SYS(close_range), scmp_arg_cmp{0, SCMP_CMP_GT, kJobSocket, 0});
  adder.add(SCMP_ACT_ALLOW, SCMP_SYS(close_range), scmp_arg_cmp{1, SCMP_CMP_LT, kJobSocket, 0});
}

int fill(scmp_filter_ctx context) {
  Adder adder(context);
  for (const int call : kAllowed) adder.add(SCMP_ACT_ALLOW, call);
  for (const int call : kAbsent) adder.add(SCMP_ACT_ERRNO(ENOSYS), call);
  for (const int call : kPretended) adder.add(SCMP_ACT_ERRNO(0), call);
  for (const MaskedRule& rule : kMasked) {
    adder.add(SCMP_ACT_ALLOW, rule.call,
              scmp_arg_cmp{rule.index, SCMP_CMP_MASKED_EQ, rule.mask, rule.value});
  }
  add_internet_rules(adder);
  add_job_socket_rules(adder);
  return adder.error();
}

// libseccomp writes the program to a descriptor; it fits into a pipe's buffer (64 KiB).
Result<SeccompProgram> export_program(scmp_filter_ctx context) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return os_failure("make a pipe");
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  if (const int error = ::seccomp_export_bpf(context, writer.get()); error != 0) {
    return Failure("export the seccomp program", -error);
  }
  SeccompProgram program(BPF_MAXINSNS);
  const ssize_t size = ::read(reader.get(), program.data(), program.size() * sizeof(sock_filter));
  if (size <= 0) return os_failure("read the seccomp program");
  program.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
  return program;
}

}  // namespace

Result<SeccompProgram> compile_seccomp() {
  const Context context(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release);
  if (!context) return failure("make a seccomp filter");
  // The 32-bit and x32 entries have other call numbers: refused as a whole.
  int error = ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  if (error == 0) error = ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (error == 0) error = fill(context.get());
  if (error != 0) return Failure("fill the seccomp filter", -error);
  return export_program(context.get());
}

Result<void> install_seccomp(const SeccompProgram& program) {
  const sock_fprog view{static_cast<unsigned short>(program.size()),
                        const_cast<sock_filter*>(program.data())};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &view) != 0) {
    return os_failure("install the seccomp filter");
  }
  return {};
}

}  // namespace executor
