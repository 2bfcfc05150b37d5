# expect: crashed Script was killed by signal 15 (SIGTERM)
import os, signal


def main():
    os.kill(os.getpid(), signal.SIGTERM)
    return 42
