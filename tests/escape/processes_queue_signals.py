# expect: held
# rt_sigqueueinfo, tgkill, pidfd_send_signal: other calls for the same.
from prelude import *


def main():
    info = ctypes.create_string_buffer(128)
    for pid in (2, 100, 1000, 4000):
        refused(f"rt_sigqueueinfo {pid}", call("rt_sigqueueinfo", pid, 10, info), "ESRCH", "EPERM")
        refused(f"rt_tgsigqueueinfo {pid}", call("rt_tgsigqueueinfo", pid, pid, 10, info), "ESRCH", "EPERM")
        refused(f"tgkill {pid}", call("tgkill", pid, pid, 0), "ESRCH", uid=("ESRCH", "EPERM"))
        refused(f"tkill {pid}", call("tkill", pid, 0), "ESRCH", "EPERM")  # firejail 0.9.80 refuses it
        pidfd = call("pidfd_open", pid, 0)
        if TIER == "uid" and isinstance(pidfd, Success):  # of a process that it could see as well
            pidfd = call("pidfd_send_signal", pidfd.value, 9, 0, 0)
        refused(f"pidfd_open {pid}", pidfd, "ESRCH", uid=("ESRCH", "ENOENT", "EPERM"))
    return verdict()
