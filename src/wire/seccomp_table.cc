#include "wire/seccomp_table.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#ifdef __x86_64__
#include <asm/prctl.h>
#endif

#include <initializer_list>

#include "wire/job.h"
#include "wire/seccomp_rules.h"
#include "wire/seccomp_sockets.h"

namespace executor {
namespace {

using enum SeccompAnswer;

// fchmodat2(2), younger than the headers: chmod() without following links is made of it.
constexpr int kFchmodat2 = 452;
constexpr std::uint32_t kNamespaceFlags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
                                          CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                                          CLONE_NEWCGROUP;
constexpr std::uint32_t kSharing = MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB;

// Any limit but that of core dumps, which may only be asked for: at 0 a crash starts a handler
// where core_pattern is a pipe (core(5)), at 1 it does not. Hard limits can only be lowered without
// CAP_SYS_RESOURCE.
std::vector<SeccompRule> resource_limits() {
  static_assert(RLIMIT_CORE == 4 && RLIM_NLIMITS == 16);
  std::vector<SeccompRule> rules = any({SYS_getrlimit});
  const auto others = [&rules](int call, unsigned resource) {
    append(rules, ways(call, {{is_below(resource, 4)},
                              {is(resource, 5)},
                              {is_among(resource, 6, 2)},
                              {is_among(resource, 8, 8)}}));
  };
  others(SYS_setrlimit, 0);
  others(SYS_prlimit64, 1);
  rules.push_back({SYS_prlimit64, {is(1, RLIMIT_CORE), is_null(2)}});
  return rules;
}

// Advice that stays between a process and its memory. Not to merge equal pages with those of
// others, not to push out pages that others use, not to report the machine's memory as broken.
std::vector<SeccompRule> memory_advice() {
  constexpr unsigned kGuardInstall = 102;  // younger than the headers, as is its opposite
  return ways(SYS_madvise, {{is_below(2, MADV_DONTNEED)},  // how it will be read
                            {is(2, MADV_DONTNEED)},
                            {is_among(2, MADV_FREE, 4)},      // and remove, (do not) fork
                            {is_among(2, MADV_HUGEPAGE, 2)},  // or no huge page
                            {is_among(2, MADV_DONTDUMP, 4)},  // or do, wipe or keep on fork
                            {is_among(2, MADV_POPULATE_READ, 2)},
                            {is_among(2, kGuardInstall, 2)}});
}

// Clocks of the machine and of the caller. Without a PID namespace a process can name those of any
// other: a clock is a negative number made of an id and of bits that say what is counted
// (clock_getcpuclockid(3)). The id 0 is the caller's process, and a thread's clock (bit 2) is only
// readable by threads of the same process.
std::vector<SeccompRule> clocks(bool own_namespaces) {
  constexpr std::uint32_t kThreadClock = 0x80000004U;
  std::vector<SeccompRule> rules;
  for (const int call :
       {SYS_clock_getres, SYS_clock_gettime, SYS_clock_nanosleep, SYS_timer_create}) {
    if (own_namespaces) {
      rules.push_back({call, {}});
      continue;
    }
    append(rules, ways(call, {{is_below(0, 16)},
                              {is_among(0, ~7U, 2)},  // all time, and in user mode
                              {is(0, ~5U)},           // as it was scheduled
                              {masked(0, kThreadClock, kThreadClock)}}));
  }
  return rules;
}

// Calls on any descriptor but the job socket, so that a script which closes or writes to every
// descriptor that it finds still gets its own answer out: the worker itself sends with sendmmsg,
// which Python does not offer. Not a boundary: a script can only spoil its own answer.
std::vector<SeccompRule> other_descriptors() {
  const ArgumentTest other = is_not(0, kJobSocket);
  std::vector<SeccompRule> rules;
  for (const int call : {SYS_close, SYS_dup, SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev,
                         SYS_pwritev2, SYS_sendto, SYS_sendmsg, SYS_shutdown, SYS_sendfile}) {
    rules.push_back({call, {other}});
  }
  rules.push_back({SYS_copy_file_range, {is_not(2, kJobSocket)}});
  // All commands below 64, and two of Linux's own. Not F_NOTIFY and F_SETLEASE, which reveal what
  // all other processes on the machine do with a directory or a file.
  rules.push_back({SYS_fcntl, {other, is_below(1, 64)}});
  rules.push_back({SYS_fcntl, {other, is(1, F_DUPFD_CLOEXEC)}});
  rules.push_back({SYS_fcntl, {other, is(1, F_GETPIPE_SZ)}});
  // Not over the job socket, nor what is near it: nothing else is there.
  static_assert(512 <= kJobSocket && kJobSocket < 1024);
  rules.push_back({SYS_dup3, {other, is_below(1, 512)}});
  rules.push_back({SYS_close_range, {is_below(1, 512)}});
  rules.push_back({SYS_close_range, {is_at_least(0, 1024)}});
  return rules;
}

// What x86-64 has besides the calls that every architecture has: for each of these there is another
// one above that does the same and more.
std::vector<SeccompRule> older_calls([[maybe_unused]] bool own_namespaces) {
  std::vector<SeccompRule> rules;
#ifdef __x86_64__
  rules =
      any({SYS_access,       SYS_creat,      SYS_getdents,  SYS_lstat,   SYS_open,  SYS_readlink,
           SYS_stat,         SYS_chmod,      SYS_futimesat, SYS_link,    SYS_mkdir, SYS_mknod,
           SYS_rename,       SYS_rmdir,      SYS_symlink,   SYS_unlink,  SYS_utime, SYS_utimes,
           SYS_epoll_create, SYS_epoll_wait, SYS_eventfd,   SYS_pipe,    SYS_poll,  SYS_select,
           SYS_signalfd,     SYS_fork,       SYS_vfork,     SYS_getpgrp, SYS_alarm, SYS_pause,
           SYS_time});
  rules.push_back({SYS_dup2, {is_not(0, kJobSocket), is_below(1, 512)}});  // as dup3
  if (own_namespaces) append(rules, any({SYS_chown, SYS_lchown}));
  append(rules, one_of(SYS_arch_prctl, 0, {ARCH_SET_FS, ARCH_GET_FS}));  // a thread's own data
#endif
  return rules;
}

}  // namespace

// Without a PID namespace CLONE_PARENT would make children of the zygote. Without a mount namespace
// a chown() that changes no id changes the times of any file.
std::vector<SeccompGroup> seccomp_table(Sockets sockets) {
  const bool own_namespaces = sockets == Sockets::kInternetAndUnix;
  std::vector<SeccompGroup> table = {
      // Not memfd_create and the shm family, which no limit counts.
      {"memory; mmap and madvise have their own rules", kAllow,
       any({SYS_brk, SYS_membarrier, SYS_mincore, SYS_mlock, SYS_mprotect, SYS_mremap, SYS_munlock,
            SYS_munmap})},
      {"reading and finding files", kAllow,
       any({SYS_chdir,      SYS_faccessat, SYS_faccessat2, SYS_fchdir,     SYS_fgetxattr,
            SYS_flistxattr, SYS_fstat,     SYS_fstatfs,    SYS_getcwd,     SYS_getdents64,
            SYS_getxattr,   SYS_lgetxattr, SYS_listxattr,  SYS_llistxattr, SYS_lseek,
            SYS_newfstatat, SYS_openat,    SYS_openat2,    SYS_pread64,    SYS_preadv,
            SYS_read,       SYS_readahead, SYS_readlinkat, SYS_readv,      SYS_statfs,
            SYS_statx})},
      {"changing files", kAllow,
       any({SYS_fallocate, SYS_fchmod, SYS_fchmodat, SYS_ftruncate, SYS_linkat, SYS_mkdirat,
            SYS_mknodat, SYS_renameat, SYS_renameat2, SYS_symlinkat, SYS_truncate, SYS_umask,
            SYS_unlinkat, SYS_utimensat})},
      {"waiting on descriptors", kAllow,
       any({SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_eventfd2,
            SYS_pipe2, SYS_ppoll, SYS_pselect6, SYS_signalfd4, SYS_timerfd_create,
            SYS_timerfd_gettime, SYS_timerfd_settime})},
      {"starting and ending", kAllow,
       any({SYS_execve, SYS_execveat, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid})},
      {"threads", kAllow,
       any({SYS_futex, SYS_futex_waitv, SYS_get_robust_list, SYS_gettid, SYS_rseq,
            SYS_set_robust_list, SYS_set_tid_address})},
      // PID 1 and its descendants are all that a worker can name.
      {"processes by their ids", kAllow,
       any({SYS_getpgid, SYS_getpid, SYS_getppid, SYS_getsid, SYS_kill, SYS_pidfd_open,
            SYS_pidfd_send_signal, SYS_setpgid, SYS_tgkill, SYS_tkill})},
      {"scheduling", kAllow,
       any({SYS_getcpu, SYS_getpriority, SYS_getrusage, SYS_sched_get_priority_max,
            SYS_sched_get_priority_min, SYS_sched_getaffinity, SYS_sched_getparam,
            SYS_sched_getscheduler, SYS_sched_rr_get_interval, SYS_sched_setaffinity,
            SYS_sched_yield, SYS_setpriority, SYS_times})},
      {"limits", kAllow, resource_limits()},
      {"signals", kAllow,
       any({SYS_getitimer, SYS_restart_syscall, SYS_rt_sigaction, SYS_rt_sigpending,
            SYS_rt_sigprocmask, SYS_rt_sigqueueinfo, SYS_rt_sigreturn, SYS_rt_sigsuspend,
            SYS_rt_sigtimedwait, SYS_rt_tgsigqueueinfo, SYS_setitimer, SYS_sigaltstack})},
      {"time", kAllow,
       any({SYS_gettimeofday, SYS_nanosleep, SYS_timer_delete, SYS_timer_getoverrun,
            SYS_timer_gettime, SYS_timer_settime})},
      {"clocks", kAllow, clocks(own_namespaces)},
      {"who and where it is", kAllow,
       any({SYS_capget, SYS_getegid, SYS_geteuid, SYS_getgid, SYS_getgroups, SYS_getrandom,
            SYS_getresgid, SYS_getresuid, SYS_getuid, SYS_sysinfo, SYS_uname})},
      // They lead nowhere but to the worker's own loopback.
      {"sockets, once made", kAllow,
       any({SYS_accept, SYS_accept4, SYS_getpeername, SYS_getsockname, SYS_recvfrom, SYS_recvmmsg,
            SYS_recvmsg, SYS_sendmmsg})},
      // Not shared and without a file: what is unmapped of it stays, out of sight of every limit,
      // as long as one page is mapped. Nor huge pages, which no count of a process's memory
      // includes.
      {"mapping memory",
       kAllow,
       {{SYS_mmap, {masked(3, kSharing, 0)}},
        {SYS_mmap, {masked(3, kSharing, MAP_SHARED)}},
        {SYS_mmap, {masked(3, kSharing, MAP_ANONYMOUS)}}}},
      // RWF_NOWAIT reveals whether others have read a page of a file that all share.
      {"reading, without flags", kAllow, {{SYS_preadv2, {is(5, 0)}}}},
      {"processes in the same namespaces",
       kAllow,
       {{SYS_clone,
         {masked(0, own_namespaces ? kNamespaceFlags : kNamespaceFlags | CLONE_PARENT, 0)}}}},
      {"what libc asks about the process", kAllow,
       one_of(SYS_prctl, 0,
              {PR_SET_NAME, PR_GET_NAME, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_GET_SECCOMP,
               PR_GET_NO_NEW_PRIVS, PR_GET_SECUREBITS, PR_CAPBSET_READ})},
      // Not TIOCSTI, TIOCLINUX and the other commands that control a terminal or device.
      {"what Python asks of descriptors", kAllow,
       one_of(SYS_ioctl, 1,
              {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, SIOCGIFCONF, SIOCGIFINDEX,
               SIOCGIFNAME})},
      {"advice on memory", kAllow, memory_advice()},
      {"unix sockets", kAllow, unix_sockets(sockets)},
      {"socket options", kAllow, socket_options()},
      {"what sockets are asked", kAllow, answers_of_sockets()},
      {"descriptors other than the job socket", kAllow, other_descriptors()},
      {"what newer architectures do without", kAllow, older_calls(own_namespaces)},
      {"calls that libc can do without", kAbsent, any({SYS_clone3, kFchmodat2})},
      // Scratch space is memory, so there is nothing to synchronise, and on the libraries' files
      // these calls would wait for the host's disks or empty its page cache. A session of its own
      // would be an autogroup of its own: more CPU than its neighbours'. A lock on a library's file
      // would be felt by every other run; what locks the run's own is in runner/script_locks.cc.
      {"calls that need not be done", kPretend,
       any({SYS_fsync, SYS_fdatasync, SYS_msync, SYS_fadvise64, SYS_setsid, SYS_flock})},
  };
  if (own_namespaces) {
    table.push_back({"changing owners", kAllow, any({SYS_fchown, SYS_fchownat})});
    table.push_back({"internet sockets", kAllow, internet_sockets()});
  }
  return table;
}

const std::vector<SeccompGroup>& seccomp_table() {
  static const std::vector<SeccompGroup> table = seccomp_table(Sockets::kInternetAndUnix);
  return table;
}

}  // namespace executor
