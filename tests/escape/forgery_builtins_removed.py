# expect: returned 42
import builtins


def main():
    builtins.__dict__.clear()
    return 42
