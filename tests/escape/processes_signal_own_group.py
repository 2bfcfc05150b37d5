# expect: held
# The group that kill(0) reaches is the worker's own, without the zygote that it was cloned from.
from prelude import *
import signal


def main():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    seen("a process group from outside", os.getpgrp() not in (1,) and os.getpgrp())
    seen("a session from outside", os.getsid(0) not in (1,) and os.getsid(0))
    seen("a parent", os.getppid())
    os.kill(0, signal.SIGTERM)
    refused("signal group 2", attempt(os.killpg, 2, 0), "ESRCH")
    return verdict()
