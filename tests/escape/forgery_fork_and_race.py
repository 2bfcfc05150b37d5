# expect: returned 42
# Many children answer at once, by all ways: falling through, exceptions, exits.
import os, sys, time


def main():
    for number in range(20):
        if os.fork() == 0:
            if number % 3 == 0:
                return "forged"
            if number % 3 == 1:
                raise ValueError("forged")
            sys.exit("forged")
    time.sleep(0.2)
    return 42
