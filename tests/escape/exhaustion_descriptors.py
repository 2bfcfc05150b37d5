# expect: held
from prelude import *


def main():
    answer = None
    for _ in range(100000):
        answer = attempt(os.open, "/dev/null", os.O_RDONLY)
        if not isinstance(answer, Success):
            break
    refused("one more descriptor", answer, "EMFILE")
    return verdict()
