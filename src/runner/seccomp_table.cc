#include "runner/seccomp_table.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <initializer_list>

#include "wire/job.h"

namespace executor {
namespace {

using enum SeccompAnswer;

constexpr std::uint32_t kAll = 0xffffffffU;
// fchmodat2(2), younger than the headers: chmod() without following links is made of it.
constexpr int kFchmodat2 = 452;
constexpr std::uint32_t kNamespaceFlags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
                                          CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                                          CLONE_NEWCGROUP;
constexpr std::uint32_t kSharing = MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB;

constexpr ArgumentTest is(unsigned index, std::uint32_t value) {
  return {index, kAll, value};
}

constexpr ArgumentTest is_not(unsigned index, std::uint32_t value) {
  return {index, kAll, value, false};
}

constexpr ArgumentTest masked(unsigned index, std::uint32_t mask, std::uint32_t value) {
  return {index, mask, value};
}

// `bound` must be a power of two.
constexpr ArgumentTest is_below(unsigned index, std::uint32_t bound) {
  return {index, ~(bound - 1), 0};
}

constexpr ArgumentTest is_at_least(unsigned index, std::uint32_t bound) {
  return {index, ~(bound - 1), 0, false};
}

std::vector<SeccompRule> any(std::initializer_list<int> calls) {
  std::vector<SeccompRule> rules;
  for (const int call : calls) rules.push_back({call, {}});
  return rules;
}

// `call` with any of `values` as its argument `index`.
std::vector<SeccompRule> one_of(int call, unsigned index,
                                std::initializer_list<unsigned long> values) {
  std::vector<SeccompRule> rules;
  for (const unsigned long value : values) {
    rules.push_back({call, {is(index, static_cast<std::uint32_t>(value))}});
  }
  return rules;
}

// TCP and UDP: socket() has the kernel load the module of any other protocol that it is asked for.
std::vector<SeccompRule> internet_sockets() {
  std::vector<SeccompRule> rules;
  for (const std::uint32_t family : {AF_INET, AF_INET6}) {
    for (const std::uint32_t protocol : {0, int{IPPROTO_TCP}, int{IPPROTO_UDP}}) {
      rules.push_back({SYS_socket, {is(0, family), is(2, protocol)}});
    }
  }
  return rules;
}

// Not SO_LINGER: whoever closes such a socket last waits, and the last could be the responder, to
// which it was sent in a packet on the job socket. Not SO_SNDBUF and SO_RCVBUF: buffers are memory
// that no limit counts.
std::vector<SeccompRule> socket_options() {
  std::vector<SeccompRule> rules;
  for (const std::uint32_t option :
       {SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_OOBINLINE, SO_RCVTIMEO,
        SO_SNDTIMEO, SO_RCVLOWAT, SO_PASSCRED}) {
    rules.push_back({SYS_setsockopt, {is(1, SOL_SOCKET), is(2, option)}});
  }
  // The ordinary ones only. Further up are the firewall's (64), what turns a socket into a carrier
  // of IPsec or TLS, and more that has had many a fault.
  rules.push_back({SYS_setsockopt, {is(1, IPPROTO_IP), is_below(2, 64)}});
  rules.push_back({SYS_setsockopt, {is(1, IPPROTO_TCP), is_below(2, 16)}});
  rules.push_back({SYS_setsockopt, {is(1, IPPROTO_UDP), is_below(2, 16)}});
  // Not IPV6_FLOWLABEL_MGR (32): flow labels outlive their sockets by up to a minute, and so could
  // be read by the next run in a recycled network.
  rules.push_back({SYS_setsockopt, {is(1, IPPROTO_IPV6), is_below(2, 32)}});
  return rules;
}

// Calls on any descriptor but the job socket, so that a script which closes or writes to whatever
// it finds still gets its own answer out: the worker itself sends with sendmmsg, which Python has
// no name for. Not a boundary: a script can only spoil its own answer.
std::vector<SeccompRule> other_descriptors() {
  const ArgumentTest other = is_not(0, kJobSocket);
  std::vector<SeccompRule> rules;
  for (const int call : {SYS_close, SYS_dup, SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev,
                         SYS_pwritev2, SYS_sendto, SYS_sendmsg, SYS_shutdown, SYS_sendfile}) {
    rules.push_back({call, {other}});
  }
  rules.push_back({SYS_copy_file_range, {is_not(2, kJobSocket)}});
  // All commands below 64, and two of Linux's own. Not F_NOTIFY and F_SETLEASE, which tell of what
  // everybody else on the machine does with a directory or a file.
  rules.push_back({SYS_fcntl, {other, is_below(1, 64)}});
  rules.push_back({SYS_fcntl, {other, is(1, F_DUPFD_CLOEXEC)}});
  rules.push_back({SYS_fcntl, {other, is(1, F_GETPIPE_SZ)}});
  // Not over the job socket, nor what is near it: nothing else is there.
  static_assert(512 <= kJobSocket && kJobSocket < 1024);
  rules.push_back({SYS_dup2, {other, is_below(1, 512)}});
  rules.push_back({SYS_dup3, {other, is_below(1, 512)}});
  rules.push_back({SYS_close_range, {is_below(1, 512)}});
  rules.push_back({SYS_close_range, {is_at_least(0, 1024)}});
  return rules;
}

// A pair of datagram sockets is none for ever: sendmsg can name any other address, behind a
// pointer. Streams and packets stay in their pair.
std::vector<SeccompRule> unix_sockets(Sockets sockets) {
  constexpr std::uint32_t kType = 0xf;  // the rest are flags
  if (sockets == Sockets::kUnixPairs) {
    return {{SYS_socketpair, {is(0, AF_UNIX), masked(1, kType, SOCK_STREAM)}},
            {SYS_socketpair, {is(0, AF_UNIX), masked(1, kType, SOCK_SEQPACKET)}}};
  }
  return {{SYS_socket, {is(0, AF_UNIX)}},
          {SYS_socketpair, {is(0, AF_UNIX)}},
          {SYS_bind, {}},
          {SYS_connect, {}},
          {SYS_listen, {}}};
}

}  // namespace

// Without a PID namespace CLONE_PARENT would make children of the zygote's. Without a mount
// namespace chown() of nobody to nobody changes the times of whatever file there is.
std::vector<SeccompGroup> seccomp_table(Sockets sockets) {
  const bool own_namespaces = sockets == Sockets::kInternetAndUnix;
  std::vector<SeccompGroup> table = {
      // Not memfd_create and the shm family, which no limit counts.
      {"memory; mmap has its own rules", kAllow,
       any({SYS_brk, SYS_madvise, SYS_membarrier, SYS_mincore, SYS_mlock, SYS_mprotect, SYS_mremap,
            SYS_munlock, SYS_munmap})},
      {"reading and finding files", kAllow,
       any({SYS_access,     SYS_chdir,      SYS_faccessat,  SYS_faccessat2, SYS_fchdir,
            SYS_fgetxattr,  SYS_flistxattr, SYS_fstat,      SYS_fstatfs,    SYS_getcwd,
            SYS_getdents,   SYS_getdents64, SYS_getxattr,   SYS_lgetxattr,  SYS_listxattr,
            SYS_llistxattr, SYS_lseek,      SYS_lstat,      SYS_newfstatat, SYS_open,
            SYS_openat,     SYS_openat2,    SYS_pread64,    SYS_preadv,     SYS_read,
            SYS_readahead,  SYS_readlink,   SYS_readlinkat, SYS_readv,      SYS_stat,
            SYS_statfs,     SYS_statx})},
      // Not flock: a lock on a library's file is seen by every other run.
      {"changing files", kAllow,
       any({SYS_chmod,     SYS_creat,    SYS_fallocate, SYS_fchmod,    SYS_fchmodat, SYS_ftruncate,
            SYS_futimesat, SYS_link,     SYS_linkat,    SYS_mkdir,     SYS_mkdirat,  SYS_mknod,
            SYS_mknodat,   SYS_rename,   SYS_renameat,  SYS_renameat2, SYS_rmdir,    SYS_symlink,
            SYS_symlinkat, SYS_truncate, SYS_umask,     SYS_unlink,    SYS_unlinkat, SYS_utime,
            SYS_utimensat, SYS_utimes})},
      {"waiting on descriptors", kAllow,
       any({SYS_epoll_create, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2,
            SYS_epoll_wait, SYS_eventfd, SYS_eventfd2, SYS_pipe, SYS_pipe2, SYS_poll, SYS_ppoll,
            SYS_pselect6, SYS_select, SYS_signalfd, SYS_signalfd4, SYS_timerfd_create,
            SYS_timerfd_gettime, SYS_timerfd_settime})},
      {"starting and ending", kAllow,
       any({SYS_execve, SYS_execveat, SYS_exit, SYS_exit_group, SYS_fork, SYS_vfork, SYS_wait4,
            SYS_waitid})},
      {"threads", kAllow,
       any({SYS_arch_prctl, SYS_futex, SYS_futex_waitv, SYS_get_robust_list, SYS_gettid, SYS_rseq,
            SYS_set_robust_list, SYS_set_tid_address})},
      // PID 1 and what is below are all that a worker can name.
      {"processes by their ids", kAllow,
       any({SYS_getpgid, SYS_getpgrp, SYS_getpid, SYS_getppid, SYS_getsid, SYS_kill, SYS_pidfd_open,
            SYS_pidfd_send_signal, SYS_setpgid, SYS_tgkill, SYS_tkill})},
      // Hard limits can only be lowered without CAP_SYS_RESOURCE.
      {"scheduling and limits", kAllow,
       any({SYS_getcpu, SYS_getpriority, SYS_getrlimit, SYS_getrusage, SYS_prlimit64,
            SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_sched_getaffinity,
            SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_rr_get_interval,
            SYS_sched_setaffinity, SYS_sched_yield, SYS_setpriority, SYS_setrlimit, SYS_times})},
      {"signals", kAllow,
       any({SYS_alarm, SYS_getitimer, SYS_pause, SYS_restart_syscall, SYS_rt_sigaction,
            SYS_rt_sigpending, SYS_rt_sigprocmask, SYS_rt_sigqueueinfo, SYS_rt_sigreturn,
            SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_tgsigqueueinfo, SYS_setitimer,
            SYS_sigaltstack})},
      {"time", kAllow,
       any({SYS_clock_getres, SYS_clock_gettime, SYS_clock_nanosleep, SYS_gettimeofday,
            SYS_nanosleep, SYS_time, SYS_timer_create, SYS_timer_delete, SYS_timer_getoverrun,
            SYS_timer_gettime, SYS_timer_settime})},
      {"who and where it is", kAllow,
       any({SYS_capget, SYS_getegid, SYS_geteuid, SYS_getgid, SYS_getgroups, SYS_getrandom,
            SYS_getresgid, SYS_getresuid, SYS_getuid, SYS_sysinfo, SYS_uname})},
      // They lead nowhere but to the worker's own loopback.
      {"sockets, once made", kAllow,
       any({SYS_accept, SYS_accept4, SYS_getpeername, SYS_getsockname, SYS_getsockopt, SYS_recvfrom,
            SYS_recvmmsg, SYS_recvmsg, SYS_sendmmsg})},
      // Not shared and without a file: what is unmapped of it stays, out of sight of every limit,
      // as long as one page is mapped. Nor huge pages, which no count of a process's memory
      // includes.
      {"mapping memory",
       kAllow,
       {{SYS_mmap, {masked(3, kSharing, 0)}},
        {SYS_mmap, {masked(3, kSharing, MAP_SHARED)}},
        {SYS_mmap, {masked(3, kSharing, MAP_ANONYMOUS)}}}},
      // RWF_NOWAIT tells whether others have read a page of a file that all share.
      {"reading, without flags", kAllow, {{SYS_preadv2, {is(5, 0)}}}},
      {"processes in the same namespaces",
       kAllow,
       {{SYS_clone,
         {masked(0, own_namespaces ? kNamespaceFlags : kNamespaceFlags | CLONE_PARENT, 0)}}}},
      {"what libc asks about the process", kAllow,
       one_of(SYS_prctl, 0,
              {PR_SET_NAME, PR_GET_NAME, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_GET_SECCOMP,
               PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ})},
      // Not TIOCSTI, TIOCLINUX and the other ways in which a terminal or device does as it is told.
      {"what Python asks of descriptors", kAllow,
       one_of(SYS_ioctl, 1,
              {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, SIOCGIFCONF, SIOCGIFINDEX,
               SIOCGIFNAME})},
      {"unix sockets", kAllow, unix_sockets(sockets)},
      {"socket options", kAllow, socket_options()},
      {"descriptors other than the job socket", kAllow, other_descriptors()},
      {"calls that libc can do without", kAbsent, any({SYS_clone3, kFchmodat2})},
      // Scratch space is memory, so there is nothing to synchronise, and on the libraries' files
      // these calls would wait for the host's disks or empty its page cache. A session of its own
      // would be an autogroup of its own: more CPU than its neighbours'.
      {"calls that need not be done", kPretend,
       any({SYS_fsync, SYS_fdatasync, SYS_msync, SYS_fadvise64, SYS_setsid})},
  };
  if (own_namespaces) {
    table.push_back(
        {"changing owners", kAllow, any({SYS_chown, SYS_fchown, SYS_fchownat, SYS_lchown})});
    table.push_back({"internet sockets", kAllow, internet_sockets()});
  }
  return table;
}

const std::vector<SeccompGroup>& seccomp_table() {
  static const std::vector<SeccompGroup> table = seccomp_table(Sockets::kInternetAndUnix);
  return table;
}

}  // namespace executor
