# expect: returned 42
import atexit, os


def main():
    atexit.register(os._exit, 5)
    return 42
