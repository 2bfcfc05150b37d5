#include "runner/seccomp.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

#include "base/fd.h"

namespace executor {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

std::uint32_t action_of(SeccompAnswer answer) {
  switch (answer) {
    case SeccompAnswer::kAllow:
      return SCMP_ACT_ALLOW;
    case SeccompAnswer::kAbsent:
      return SCMP_ACT_ERRNO(ENOSYS);
    case SeccompAnswer::kPretend:
      return SCMP_ACT_ERRNO(0);
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_arg_cmp equality(unsigned index, std::uint64_t mask, std::uint64_t value) {
  return {index, SCMP_CMP_MASKED_EQ, mask, value};
}

// In how many ways a test can hold, as libseccomp can compare. Under a mask it does so for equality
// only, and its SCMP_CMP_NE looks at all 64 bits, so a difference is spelled out: one bit,
// whichever, is another.
std::vector<scmp_arg_cmp> ways_to_hold(const ArgumentTest& test) {
  if (test.equal) return {equality(test.index, test.mask, test.value)};
  std::vector<scmp_arg_cmp> ways;
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t mask = 1ULL << bit;
    if ((test.mask & mask) != 0) ways.push_back(equality(test.index, mask, ~test.value & mask));
  }
  return ways;
}

// Adds `rule` in every way in which its tests after those `chosen` can hold. A negative errno on
// failure.
int add(scmp_filter_ctx context, std::uint32_t action, const SeccompRule& rule,
        std::vector<scmp_arg_cmp>& chosen) {
  if (chosen.size() == rule.tests.size()) {
    return ::seccomp_rule_add_array(context, action, rule.call,
                                    static_cast<unsigned>(chosen.size()), chosen.data());
  }
  int error = 0;
  for (const scmp_arg_cmp& way : ways_to_hold(rule.tests[chosen.size()])) {
    chosen.push_back(way);
    if (error == 0) error = add(context, action, rule, chosen);
    chosen.pop_back();
  }
  return error;
}

int fill(scmp_filter_ctx context, const std::vector<SeccompGroup>& table) {
  int error = 0;
  std::vector<scmp_arg_cmp> chosen;
  for (const SeccompGroup& group : table) {
    for (const SeccompRule& rule : group.rules) {
      if (error == 0) error = add(context, action_of(group.answer), rule, chosen);
    }
  }
  return error;
}

// libseccomp writes the program to a descriptor. Not a pipe: its buffer is a page or two when the
// user's share of pages in pipes is used up, which a script can do.
Result<SeccompProgram> export_program(scmp_filter_ctx context) {
  const UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) return os_failure("make a file for the seccomp program");
  if (const int error = ::seccomp_export_bpf(context, file.get()); error != 0) {
    return Failure("export the seccomp program", -error);
  }
  SeccompProgram program(BPF_MAXINSNS);
  const ssize_t size = ::pread(file.get(), program.data(), program.size() * sizeof(sock_filter), 0);
  if (size <= 0) return os_failure("read the seccomp program");
  program.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
  return program;
}

Result<void> bind_to(const SeccompProgram& program) {
  const sock_fprog view{static_cast<unsigned short>(program.size()),
                        const_cast<sock_filter*>(program.data())};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &view) != 0) {
    return os_failure("install the seccomp filter");
  }
  return {};
}

}  // namespace

Result<SeccompProgram> compile_seccomp(const std::vector<SeccompGroup>& table) {
  const Context context(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release);
  if (!context) return failure("make a seccomp filter");
  // The 32-bit and x32 entries have other call numbers: refused as a whole.
  int error = ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  if (error == 0) error = ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (error == 0) error = fill(context.get(), table);
  if (error != 0) return Failure("fill the seccomp filter", -error);
  return export_program(context.get());
}

Result<void> install_seccomp(const SeccompProgram& program) {
  return bind_to(program);
}

Result<void> filter_zygote(const SeccompProgram& program) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return os_failure("set no_new_privs");
  return bind_to(program);
}

}  // namespace executor
