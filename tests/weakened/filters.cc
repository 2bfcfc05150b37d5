// The seccomp filters, and the table of system calls that they are made from.
#include <seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "weakened/steps.h"
#include "wire/job.h"

namespace executor {
namespace {

// More than the table's own rules allow.
void widen(std::vector<SeccompGroup>& groups) {
  const std::pair<const char*, std::vector<int>> wider[] = {
      {"more-calls",
       {SYS_userfaultfd, SYS_inotify_init1, SYS_vmsplice, SYS_add_key, SYS_request_key,
        SYS_personality, SYS_mlockall, SYS_splice}},
      {"shared-memory", {SYS_mmap}},
      {"socket-options", {SYS_setsockopt, SYS_fcntl, SYS_flock}},
      {"device-commands", {SYS_ioctl, SYS_prctl}},
      {"sockets", {SYS_socket}},
      {"namespace-flags", {SYS_clone}},
      {"debugging", {SYS_ptrace, SYS_process_vm_readv, SYS_keyctl, SYS_bpf, SYS_perf_event_open}},
      {"sessions", {SYS_setsid}},
      {"priorities", {SYS_sched_setscheduler, SYS_sched_setattr, SYS_ioprio_set}},
      {"socket-answers", {SYS_getsockopt}},
      {"core-dumps", {SYS_prlimit64, SYS_setrlimit}},
      {"memory-advice", {SYS_madvise}}};
  for (const auto& [name, calls] : wider) {
    if (!without(name)) continue;
    for (SeccompGroup& group : groups) {
      std::erase_if(group.rules, [&calls = calls](const SeccompRule& rule) {
        return std::find(calls.begin(), calls.end(), rule.call) != calls.end();
      });
    }
    SeccompGroup more{name, SeccompAnswer::kAllow, {}};
    for (const int call : calls) more.rules.push_back({call, {}});
    groups.push_back(more);
  }
}

// As if the kernel looked at all 64 bits of a number: another number is then one that differs
// anywhere.
void compare_whole_arguments(std::vector<SeccompGroup>& groups) {
  for (SeccompGroup& group : groups) {
    for (SeccompRule& rule : group.rules) {
      for (ArgumentTest& test : rule.tests) {
        if (!test.equal && test.mask == 0xffffffffU) test.mask = ~0ULL;
      }
    }
  }
}

}  // namespace

int wrap_seccomp_attr_set(void* context, int attribute, unsigned value) {
  if (without("entries") && attribute == SCMP_FLTATR_ACT_BADARCH) value = SCMP_ACT_ALLOW;
  return real_seccomp_attr_set(context, attribute, value);
}

Result<void> wrap_install_seccomp(const SeccompProgram& program) {
  sealed = true;
  if (without("seccomp")) return {};
  return real_install_seccomp(program);
}

Result<void> wrap_filter_zygote(const SeccompProgram& program) {
  if (without("seccomp")) return {};
  return real_filter_zygote(program);
}

// The same table without a word about the job socket.
std::vector<SeccompGroup> wrap_seccomp_table(Sockets sockets) {
  std::vector<SeccompGroup> groups = real_seccomp_table(sockets);
  widen(groups);
  if (without("whole-arguments")) compare_whole_arguments(groups);
  if (!without("job-socket")) return groups;
  for (SeccompGroup& group : groups) {
    for (SeccompRule& rule : group.rules) {
      std::erase_if(rule.tests, [&rule](const ArgumentTest& test) {
        bool target = rule.call == SYS_dup3;
#ifdef __x86_64__
        target |= rule.call == SYS_dup2;
#endif
        return rule.call == SYS_close_range || target || test.value == kJobSocket;
      });
    }
  }
  return groups;
}

}  // namespace executor
