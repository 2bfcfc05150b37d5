# expect: returned "limited"
# Processes of which libc does not know are counted as well.
from prelude import *
import signal


def main():
    for _ in range(5000):
        answer = call("clone", 17, 0, 0, 0, 0)
        if isinstance(answer, Success) and answer.value == 0:
            signal.pause()
        if answer == "EAGAIN":
            return "limited"
