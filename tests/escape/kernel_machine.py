# expect: held
# What only the machine's owner does.
from prelude import *


def main():
    filtered("reboot", 169, 0xFEE1DEAD, 672274793, 0, None)
    filtered("sethostname", 170, b"x", 1)
    filtered("setdomainname", 171, b"x", 1)
    filtered("settimeofday", 164, None, None)
    filtered("clock_settime", 227, 0, struct.pack("qq", 0, 0))
    filtered("clock_adjtime", 305, 0, b"\0" * 208)
    filtered("adjtimex", 159, b"\0" * 208)
    filtered("syslog", 103, 3, b"\0" * 64, 64)
    filtered("vhangup", 153)
    filtered("ioperm", 173, 0, 1, 1)
    filtered("iopl", 172, 3)
    filtered("modify_ldt", 154, 1, 0, 0)
    return verdict()
