# expect: distinct
# runs: 8
# AT_RANDOM, from which libc takes its canaries, is the zygote's for all; what a program asks for is not.
import os, subprocess


def main():
    command = ["/usr/bin/python3", "-c", "import random; print(hash('x'), random.random())"]
    return [os.urandom(8).hex(), subprocess.run(command, capture_output=True, text=True).stdout]
