# expect: held
# Every process id that the host could use: none but the script's own is there.
from prelude import *


def main():
    found = []
    for pid in list(range(2, 40000)) + [65535, 99999, 131072, 2**22 - 1]:
        try:
            os.kill(pid, 0)
            found.append(pid)
        except ProcessLookupError:
            pass
        except PermissionError:
            found.append(-pid)
    seen("processes of others", found)
    return verdict()
