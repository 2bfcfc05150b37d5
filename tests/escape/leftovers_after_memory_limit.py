# expect: memory_limit
# gone: 86393.25
import subprocess


def main():
    subprocess.Popen(["/usr/bin/sleep", "86393.25"])
    kept = []
    while True:
        kept.append(bytearray(b"x") * 1000000)
