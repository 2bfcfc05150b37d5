# expect: held
from prelude import *


def main():
    for command in range(0, 40):
        refused(f"bpf {command}", call("bpf", command, b"\0" * 128, 128), "EPERM")
    filtered("bpf", 0, b"\0" * 128, 128)
    return verdict()
