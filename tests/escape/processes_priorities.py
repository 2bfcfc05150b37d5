# expect: held
# Above the neighbours: niceness, real time, deadline, input and output, slack of the OOM killer.
from prelude import *


def main():
    higher = os.getpriority(os.PRIO_PROCESS, 0) - 1
    refused(f"nice {higher}", attempt(os.setpriority, os.PRIO_PROCESS, 0, higher), "EACCES", "EPERM")
    filtered("sched_setscheduler", 0, 1, struct.pack("i", 1))
    filtered("sched_setparam", 0, struct.pack("i", 1))
    filtered("sched_setattr", 0, struct.pack("IIQiIQQQ", 48, 6, 0, 0, 0, 10**6, 10**7, 10**7), 0)
    filtered("ioprio_set", 1, 0, 1 << 13)
    for path in ("/proc/self/oom_score_adj", "/proc/1/oom_score_adj", "/proc/sys/kernel/sched_autogroup_enabled"):
        refused(f"open {path}", attempt(os.open, path, os.O_WRONLY), "ENOENT", uid=("EACCES", "ENOENT"))
    return verdict()
