// The runner with one layer of its sandbox left out, for the tests that ask which layer stops which
// attack. The product has no such switch: the files of this folder are linked to the product's own
// objects, and the linker leads the calls of certain steps (ld's --wrap, for every __real_ symbol
// below) through here. The layer is the suffix of the program's name: `runner.seccomp` runs without
// its filter. With a name that has none it is the product's runner. A step whose parameters change
// no longer links: correct its symbol here.
//
// What would endanger the machine is not left out but replaced by a bound that protects it.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runner/namespaces.h"
#include "runner/rlimits.h"
#include "runner/root.h"
#include "runner/seccomp.h"
#include "wire/seccomp_table.h"

// A step of the product, and what is called in its place.
#define STEP(result, name, symbol, ...)                  \
  result real_##name(__VA_ARGS__) asm("__real_" symbol); \
  result wrap_##name(__VA_ARGS__) asm("__wrap_" symbol);

namespace executor {

// Whether this runner does without that layer.
bool without(std::string_view layer);

// Whether the worker has sealed itself: what is tried now is its own check that the seal holds.
extern bool sealed;

// What such an attempt gets.
int refuse();

using Paths = std::vector<std::string>;

STEP(Result<Cloned>, clone_worker, "_ZN8executor12clone_workerEmi", unsigned long, int)
STEP(Result<void>, map_worker_ids, "_ZN8executor14map_worker_idsEi", int)
STEP(Result<void>, map_run_id, "_ZN8executor10map_run_idEiiji", int, pid_t, std::uint32_t, int)
STEP(Result<UniqueFd>, enter_network, "_ZN8executor11NetworkPool5enterEv", NetworkPool*)
STEP(Result<void>, enter_sandbox_root,
     "_ZN8executor18enter_sandbox_rootERKSt6vectorINSt7__cxx1112basic_stringIcSt11char_"
     "traitsIcESaIcEEESaIS6_EE",
     const Paths&)
STEP(Result<void>, mount_scratch, "_ZN8executor13mount_scratchERKNS_13SandboxLimitsE",
     const SandboxLimits&)
STEP(void, close_scratch_root, "_ZN8executor18close_scratch_rootEv", )
STEP(Result<void>, unmount_scratch, "_ZN8executor15unmount_scratchEv", )
STEP(Result<void>, set_rlimits,
     "_ZN8executor11set_rlimitsERKNS_13SandboxLimitsERKNS_14MemoryBaselineE", const SandboxLimits&,
     const MemoryBaseline&)
STEP(Result<void>, install_seccomp,
     "_ZN8executor15install_seccompERKSt6vectorI11sock_filterSaIS1_EE", const SeccompProgram&)
STEP(Result<void>, filter_zygote, "_ZN8executor13filter_zygoteERKSt6vectorI11sock_filterSaIS1_EE",
     const SeccompProgram&)
STEP(std::vector<SeccompGroup>, seccomp_table, "_ZN8executor13seccomp_tableENS_7SocketsE", Sockets)
STEP(Result<std::string>, read_at, "_ZN8executor7read_atB5cxx11EiPKc", int, const char*)
STEP(Result<void>, write_at, "_ZN8executor8write_atEiPKcSt17basic_string_viewIcSt11char_traitsIcEE",
     int, const char*, std::string_view)
STEP(int, seccomp_attr_set, "seccomp_attr_set", void*, int, unsigned)
STEP(int, setrlimit, "setrlimit", __rlimit_resource, const rlimit*)
STEP(pid_t, setsid, "setsid", )
STEP(int, nice, "nice", int)
STEP(int, clearenv, "clearenv", )
STEP(int, close_range, "close_range", unsigned, unsigned, int)
STEP(int, unshare, "unshare", int)
STEP(int, chroot, "chroot", const char*)
STEP(int, dup3, "dup3", int, int, int)
STEP(int, umount2, "umount2", const char*, int)
STEP(int, open, "open", const char*, int, mode_t)
STEP(int, mount, "mount", const char*, const char*, const char*, unsigned long, const void*)
STEP(int, prctl, "prctl", int, unsigned long, unsigned long, unsigned long, unsigned long)
STEP(long, syscall, "syscall", long, long, long, long, long, long, long)

}  // namespace executor
