# expect: file_limit
# All of the scratch space, in files that are each within the limit.
from prelude import *


def main():
    for number in range(1000):
        with open(f"{SCRATCH[-1]}/{number}", "wb") as file:
            file.write(b"x" * (8 << 20))
