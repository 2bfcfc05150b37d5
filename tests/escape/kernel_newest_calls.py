# expect: held
# A list of what is allowed also refuses what did not exist when it was written.
from prelude import *


def main():
    for number in [*range(443, 449), *range(450, 520), 335 + 12, *range(387, 423), 600, 1000, 4095]:
        if number not in (449,):  # futex_waitv
            answer = call(number, *[NOWHERE] * 6)
            refused(f"call {number}", answer, "EPERM", "ENOSYS")
    return verdict()
