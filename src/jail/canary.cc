// The canary's script (canary.py) and its parameters: see attestation.h.
#include "jail/canary.h"

#include <sys/syscall.h>

#include <utility>

#include "jail/embedded.h"
#include "jail/probes.h"
#include "wire/launch.h"

namespace executor {
namespace {

// Names that a worker's root may have there (runner/root.cc). Some are absent on some machines.
struct Names {
  const char* directory;
  std::vector<std::string> expected;
};
const std::vector<Names>& names() {
  static const std::vector<Names> all = {
      {"/dev", {"full", "null", "random", "shm", "urandom"}},
      {"/etc",
       {"alternatives", "fonts", "group", "hosts", "ld.so.cache", "localtime", "matplotlibrc",
        "mime.types", "nsswitch.conf", "passwd", "protocols", "services", "ssl"}},
      {"/usr", {"bin", "lib", "lib64", "sbin", "share"}},
      {"/usr/sbin", {"ldconfig", "ldconfig.real"}},
      {"/usr/share", {"fonts", "matplotlib", "mime", "python3", "zoneinfo"}},
  };
  return all;
}

// Of the environment (runner/zygote_process.cc, harness/harness_fresh.py).
const std::vector<std::string> kVariablesOfUid = {"LD_PRELOAD", "PYTHON_EXECUTOR_SHM"};
const std::vector<std::string> kVariables = {"BLIS_NUM_THREADS",
                                             "HOME",
                                             "LANG",
                                             "MKL_NUM_THREADS",
                                             "NUMEXPR_NUM_THREADS",
                                             "OMP_NUM_THREADS",
                                             "OPENBLAS_NUM_THREADS",
                                             "PATH",
                                             "TMPDIR",
                                             "USER",
                                             "LOGNAME",
                                             "VECLIB_MAXIMUM_THREADS",
                                             "_PYTHON_SUBPROCESS_USE_POSIX_SPAWN"};

// The calls that the canary makes by their names. Numbers differ from architecture to architecture.
constexpr std::pair<const char*, int> kNumbers[] = {
    {"bpf", SYS_bpf},
    {"capget", SYS_capget},
    {"chroot", SYS_chroot},
    {"clone", SYS_clone},
    {"close_range", SYS_close_range},
    {"dup", SYS_dup},
#ifdef SYS_dup2
    {"dup2", SYS_dup2},
#endif
    {"dup3", SYS_dup3},
    {"fcntl", SYS_fcntl},
    {"io_uring_setup", SYS_io_uring_setup},
    {"keyctl", SYS_keyctl},
    {"memfd_create", SYS_memfd_create},
    {"mount", SYS_mount},
    {"open_by_handle_at", SYS_open_by_handle_at},
    {"perf_event_open", SYS_perf_event_open},
    {"pivot_root", SYS_pivot_root},
    {"process_vm_readv", SYS_process_vm_readv},
    {"ptrace", SYS_ptrace},
    {"sendmsg", SYS_sendmsg},
    {"sendto", SYS_sendto},
    {"setns", SYS_setns},
    {"shmget", SYS_shmget},
    {"shutdown", SYS_shutdown},
    {"unshare", SYS_unshare},
    {"write", SYS_write},
    {"writev", SYS_writev},
};
#ifdef __x86_64__
constexpr const char* kOtherEntries = "True";  // of 32-bit programs and of x32
#else
constexpr const char* kOtherEntries = "False";
#endif

std::string python_numbers() {
  std::string text = "NUMBERS = {";
  for (const auto& [name, number] : kNumbers) {
    text += "'" + std::string(name) + "':" + std::to_string(number) + ",";
  }
  return text + "}\nOTHER_ENTRIES = " + kOtherEntries + "\n";
}

// A Python literal of the texts, whatever they contain.
std::string python_texts(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += "bytes.fromhex('" + to_hex(text) + "').decode(errors='surrogateescape'),";
  }
  return list;
}

std::string python_set(const std::vector<std::string>& texts) {
  return "{*[" + python_texts(texts) + "]}";
}

// The names of a directory, and those on the way to what is exposed below it.
std::string python_names(const Names& names, const std::vector<std::string>& exposed) {
  std::vector<std::string> all = names.expected;
  const std::string below = std::string(names.directory) + "/";
  for (const std::string& path : exposed) {
    if (!path.starts_with(below)) continue;
    all.push_back(path.substr(below.size(), path.find('/', below.size()) - below.size()));
  }
  return "'" + std::string(names.directory) + "':" + python_set(all) + ",";
}

}  // namespace

std::string_view canary_script() {
  return embedded_canary();
}

std::string canary_for(const Setup& setup) {
  const bool has_root = traits_of(setup.tier).namespaces;  // of its own
  std::vector<std::string> variables = kVariables;
  if (!has_root) {
    variables.insert(variables.end(), kVariablesOfUid.begin(), kVariablesOfUid.end());
  }
  std::string script = "VARIABLES = " + python_set(variables) + "\nNAMES = {";
  for (const Names& one : names()) {
    if (has_root) script += python_names(one, setup.expose);
  }
  script += "}\nPROBES = '''" + to_text(seccomp_probes(setup.tier)) + "'''\n";
  // What the canary cannot find out itself where /proc is closed to it.
  const auto places = has_root ? std::vector<std::string>() : mount_points();
  script += "PLACES = [" + python_texts(places) + "]\n";
  return script + python_numbers() + std::string(canary_script());
}

}  // namespace executor
