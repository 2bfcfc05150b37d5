# expect: held
# PRIO_USER reaches every process of the user, and all workers have the same one: not across namespaces.
from prelude import *


def main():
    before = os.getpriority(os.PRIO_PROCESS, 0)
    refused("nice for all processes", attempt(os.setpriority, os.PRIO_USER, 0, before - 1), "EACCES", "EPERM")
    seen("the niceness of others", os.getpriority(os.PRIO_USER, 0) < before)
    for pid in (2, 100, 4000):
        refused(
            f"priority of {pid}", attempt(os.setpriority, os.PRIO_PROCESS, pid, 19), "ESRCH", uid=("ESRCH", "EPERM")
        )
    refused("priority of group 100", attempt(os.setpriority, os.PRIO_PGRP, 100, 19), "ESRCH", uid=("ESRCH", "EPERM"))
    return verdict()
