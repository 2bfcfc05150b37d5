# expect: output_limit Script wrote more than 1 MB to stderr
import os


def main():
    while True:
        os.write(2, b"x" * 65536)
