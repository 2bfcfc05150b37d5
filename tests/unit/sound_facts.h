// The facts of a sandbox that is as promised, as the canary prints them and as they are seen from
// outside, for the tests of what judges facts and what collects them.
#pragma once

#include <string>

#include "jail/attestation.h"
#include "jail/probes.h"

namespace executor::test {

// What a canary in the full tier has printed.
inline const std::string& canary_output() {
  static const std::string output =
      "uid\t1000 1000 1000\ngid\t1000 1000 1000\npid\t1\nno_new_privs\t1\nseccomp\t2\n"
      "capabilities\t0\nbounding_set\t0\ndescriptors\t0 1 2 1000\n"
      "streams\tnull 10000 10000\n"
      "root\tbin dev etc home lib lib64 mnt proc sbin tmp "
      "usr\nproc\t\nhome\t\ncgroups\t\nhome.write\tdone\ntmp.write\tdone\nwritable\t/dev/shm\n"
      "families\t2 10\ninterfaces\tlo\n"
      "connect.ipv4\tENETUNREACH\nconnect.ipv6\tENETUNREACH\n"
      "write./\tEROFS\nwrite./usr/bin\tEROFS\nwrite./usr/lib\tEROFS\nwrite./etc\tEROFS\n"
      "write./dev\tEROFS\nwrite./home\tEROFS\nwrite./mnt\tEROFS\nwrite./proc\tEROFS\n"
      "socket.netlink\tEPERM\nsocket.packet\tEPERM\nsocket.raw\tEPERM\n"
      "act.mount\tEPERM\nact.pivot_root\tEPERM\nact.chroot\tEPERM\nact.unshare\tEPERM\n"
      "act.setns\tEPERM\nact.clone_newuser\tEPERM\nact.ptrace\tEPERM\n"
      "act.process_vm_readv\tEPERM\nact.bpf\tEPERM\nact.perf_event_open\tEPERM\n"
      "act.keyctl\tEPERM\nact.io_uring_setup\tEPERM\nact.open_by_handle_at\tEPERM\n"
      "act.memfd_create\tEPERM\nact.shmget\tEPERM\njob_socket\tEPERM\n"
      "securebits\t239\ndeath_signal\t9\nentry.32_bit\tENOSYS\nentry.x32\tENOSYS\n"
      "accounts\troot sandbox nobody\nhost\tsandbox\nnames./dev\t\nnames./etc\t\nnames./usr\t\n"
      "names./usr/sbin\t\nnames./usr/share\t\ndevices\t\nenvironment\t\nfilter\t\n"
      "filter.probes\t" +
      std::to_string(seccomp_probes(Tier::kFull).size()) +
      "\n"
      "scratch\t67108864 4100\n"
      "limit.as\t805306368 above the zygote\nlimit.core\t1 1\nlimit.cpu\t60 61\n"
      "limit.data\t536870912 above the zygote\nlimit.fsize\t33554432 33554432\n"
      "limit.memlock\t65536 65536\nlimit.msgqueue\t0 0\nlimit.nice\t0 0\n"
      "limit.nofile\t256 256\nlimit.nproc\t64 64\nlimit.rtprio\t0 0\n"
      "limit.sigpending\t1024 1024\n";
  return output;
}

inline Facts inside() {
  return parse_facts(canary_output());
}

inline Facts outside() {
  const std::string none = "0000000000000000";
  return {{"ns.user", "own"},
          {"ns.pid", "own"},
          {"ns.mnt", "own"},
          {"ns.net", "own"},
          {"ns.ipc", "own"},
          {"ns.uts", "own"},
          {"ns.cgroup", "own"},
          {"status.CapInh", none},
          {"status.CapPrm", none},
          {"status.CapEff", none},
          {"status.CapBnd", none},
          {"status.CapAmb", none},
          {"status.NoNewPrivs", "1"},
          {"sandbox.seccomp", "own"},
          {"sandbox.pid", "own"},
          {"jail.seccomp", "own"},
          {"jail.pid", "own"},
          {"identity", "the service's"},
          {"mounts.suid", ""},
          {"mounts.devices", ""},
          {"mounts.shared", ""},
          {"mounts.more", ""},
          {"ids.mapped", "1000 1, 1000 1"},
          {"descriptors.inheritable", "0 1 2"},
          {"zygote.user", "own"},
          {"zygote.NoNewPrivs", "1"},
          {"session", "own"},
          {"priority", "lower"},
          {"network.traffic", "none"},
          {"oom_score_adj", "1000"},
          {"mounts.writable", "/dev/shm /home/sandbox /tmp"},
          {"descriptors.more", "0"}};
}

inline std::string first_word(const std::string& text) {
  return text.substr(0, text.find(' '));
}

}  // namespace executor::test
