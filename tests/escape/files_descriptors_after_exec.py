# expect: held
# open: the filter guards number 3 in the programs that a script starts as well, where it is another file that they can then not close
from prelude import *
# A program that the script starts gets no more than the three streams.
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
    return verdict()
