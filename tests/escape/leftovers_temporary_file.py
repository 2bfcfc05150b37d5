# expect: returned 42
# absent: /tmp/python-executor-escape-left
# Neither on the host nor for the next run.
from prelude import *


def main():
    for place in (*SCRATCH, "."):
        with open(f"{place}/python-executor-escape-left", "w") as file:
            file.write("left")
    return 42
