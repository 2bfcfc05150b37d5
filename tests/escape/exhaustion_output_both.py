# expect: output_limit
# timeout: 20
# From many processes at the same time, in single bytes and in blocks.
import os


def main():
    for number in range(8):
        if os.fork() == 0:
            while True:
                os.write(1 + number % 2, b"x" * (1 if number < 2 else 65536))
    while True:
        pass
