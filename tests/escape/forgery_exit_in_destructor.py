# expect: returned 42 or exited
import os


class Last:
    def __del__(self):
        os._exit(0)


def main():
    global last
    last = Last()
    return 42
