# expect: returned 42
import os


def main():
    ends = os.pipe()
    for descriptor in range(0, 1024):
        if descriptor not in ends:
            for source in ends:
                try:
                    os.dup2(source, descriptor)
                except OSError:
                    pass
    return 42
