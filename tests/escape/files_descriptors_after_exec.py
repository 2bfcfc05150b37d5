# expect: held
# A program that the script starts gets no more than the three streams.
from prelude import *
import subprocess

CHILD = """
import os
def is_open(fd):
    try: return os.fstat(fd) is not None
    except OSError: return False
print([fd for fd in range(3, 1024) if is_open(fd)])
"""


def main():
    command = ["/usr/bin/python3", "-I", "-c", CHILD]
    done = subprocess.run(command, close_fds=False, capture_output=True, text=True)
    seen("inherited descriptors", done.stdout.strip() != "[]" and (done.stdout, done.stderr))
    # Low numbers are the program's own.
    done = subprocess.run(["/bin/sh", "-c", "exec 3>own; echo own >&3; cat own"], capture_output=True, text=True)
    seen("a descriptor that is not its own", done.stdout != "own\n" and (done.stdout, done.stderr))
    return verdict()
