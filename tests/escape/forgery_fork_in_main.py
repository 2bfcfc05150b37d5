# expect: returned 42
# The child falls through with an answer of its own.
import os


def main():
    child = os.fork()
    if child == 0:
        return "forged"
    os.waitpid(child, 0)
    return 42
