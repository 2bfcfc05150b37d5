# expect: held
# Every process id that the host could use: none but the script's own is there.
from prelude import *


def main():
    found = []
    for pid in list(range(2, 40000)) + [65535, 99999, 131072, 2**22 - 1]:
        if TIER == "uid" and pid == os.getpid():
            continue
        try:
            os.kill(pid, 0)
            found.append(pid)
        except ProcessLookupError:
            pass
        except PermissionError:
            if TIER != "uid":  # channels_concurrent_processes
                found.append(-pid)
    refused("signal the first process", attempt(os.kill, 1, 0), "EPERM", "ESRCH") if TIER == "uid" else None
    seen("processes of others", found)
    return verdict()
