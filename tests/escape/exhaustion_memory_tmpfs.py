# expect: held
# uid-expect: file_limit
# Files are memory too: home, /tmp and /dev/shm share one limit.
from prelude import *


def main():
    written = 0
    block = b"x" * (1 << 20)
    for directory in SCRATCH:
        for number in range(100):
            try:
                with open(f"{directory}/{number}", "wb") as file:
                    file.write(block)
                written += 1
            except OSError as error:
                refused(f"write to {directory}", errno.errorcode[error.errno], "ENOSPC")
                break
    wait_for_the_end()
    seen("more than the limit", written > 64 and written)
    return verdict()
