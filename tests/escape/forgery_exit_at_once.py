# expect: exited Script exited with status 0 before main() returned
import os

os._exit(0)


def main():
    return 42
