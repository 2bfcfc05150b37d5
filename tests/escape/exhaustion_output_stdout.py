# expect: output_limit Script wrote more than 1 MB to stdout
import os


def main():
    while True:
        os.write(1, b"x" * 65536)
