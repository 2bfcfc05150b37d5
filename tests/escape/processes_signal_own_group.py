# expect: held
# The group that kill(0) reaches is the worker's own, without the zygote that it was cloned from.
from prelude import *
import signal


def main():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    own = os.getpid() if TIER == "uid" else 1
    seen("a process group from outside", os.getpgrp() != own and os.getpgrp())
    seen("a session from outside", os.getsid(0) != own and os.getsid(0))
    if TIER == "uid":
        refused("signal the zygote", attempt(os.kill, os.getppid(), 0), "EPERM")
    else:
        seen("a parent", os.getppid())
    os.kill(0, signal.SIGTERM)
    refused("signal group 2", attempt(os.killpg, 2, 0), "ESRCH", uid=("ESRCH", "EPERM"))
    return verdict()
