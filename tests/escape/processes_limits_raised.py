# expect: held
# Hard limits stay where they are, by either call, for itself and for others.
from prelude import *
import resource


def main():
    names = "RLIMIT_DATA RLIMIT_AS RLIMIT_CPU RLIMIT_FSIZE RLIMIT_NPROC RLIMIT_NOFILE RLIMIT_CORE RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_SIGPENDING RLIMIT_NICE RLIMIT_RTPRIO"
    for name in names.split():
        limit = getattr(resource, name)
        soft, hard = resource.getrlimit(limit)
        seen(f"no {name}", hard == resource.RLIM_INFINITY)
        if hard == resource.RLIM_INFINITY:
            continue
        # It succeeds and sets what is allowed.
        resource.setrlimit(limit, (soft, hard + 1))
        seen(f"a higher {name}", resource.getrlimit(limit)[1] > hard)
        raised = struct.pack("QQ", soft, hard + 1)
        refused(f"a higher {name}", call("prlimit64", 0, limit, raised, 0), "EPERM")
    new = struct.pack("QQ", 2**63, 2**63)
    for pid in (0, 1, os.getpid()):
        refused(f"prlimit of {pid}", call("prlimit64", pid, resource.RLIMIT_DATA, new, 0), "EPERM")
    refused(
        "prlimit of another", call("prlimit64", 100, resource.RLIMIT_DATA, new, 0), "ESRCH", uid=("ESRCH", "EPERM")
    )
    return verdict()
