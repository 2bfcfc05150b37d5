# expect: held
# What only the machine's owner does.
from prelude import *


def main():
    filtered("reboot", 0xFEE1DEAD, 672274793, 0, None)
    filtered("sethostname", b"x", 1)
    filtered("setdomainname", b"x", 1)
    filtered("settimeofday", None, None)
    filtered("clock_settime", 0, struct.pack("qq", 0, 0))
    filtered("clock_adjtime", 0, b"\0" * 208)
    filtered("adjtimex", b"\0" * 208)
    filtered("syslog", 3, b"\0" * 64, 64)
    filtered("vhangup")
    filtered("ioperm", 0, 1, 1)
    filtered("iopl", 3)
    filtered("modify_ldt", 1, 0, 0)
    return verdict()
