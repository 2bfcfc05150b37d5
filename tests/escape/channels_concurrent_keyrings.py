# expect: held
# concurrent: 2
from prelude import *


def main():
    def look():
        refused("a key of another run", call("request_key", b"user", b"python-executor-escape", 0, 0), "EPERM")
        refused("a key for another run", call("add_key", b"user", b"python-executor-escape", b"mark", 4, -4), "EPERM")

    meet(look, 0.3)
    return verdict()
