# expect: held
# What pivot_root left behind, and the stage on which the scratch space was mounted.
from prelude import *


def main():
    for directory in ("/mnt", "/proc"):
        seen(f"entries of {directory}", os.listdir(directory))
    seen("another home", [name for name in os.listdir("/home") if name != "sandbox"])
    seen("files of others", [p for d in ("/tmp", "/dev/shm", ".") for p in os.listdir(d)])
    return verdict()
