# expect: held
# uid-expect: file_limit
# Empty files cost the kernel memory that their size does not show.
from prelude import *


def main():
    answer = None
    made = 0
    for made in range(20000):
        answer = attempt(os.mknod, f"{TMP}/{made}", 0o100600)
        if not isinstance(answer, Success):
            break
    wait_for_the_end()
    refused("one more file", answer, "ENOSPC")
    seen("more files than the limit", made > 4096 and made)
    return verdict()
