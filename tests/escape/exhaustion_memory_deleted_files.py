# expect: held
# uid-expect: file_limit
# Files without a name are still counted.
from prelude import *


def main():
    kept = []
    block = b"x" * (1 << 20)
    answer = None
    for number in range(200):
        descriptor = os.open(TMP, os.O_TMPFILE | os.O_RDWR, 0o600)
        kept.append(descriptor)
        answer = attempt(os.write, descriptor, block)
        if not isinstance(answer, Success) or answer.value < len(block):
            break
    wait_for_the_end()
    seen("more than the limit", len(kept) > 70 and len(kept))
    return verdict()
