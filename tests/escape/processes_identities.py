# expect: held
# Other ids, groups and capabilities.
from prelude import *


def main():
    for name, arguments in (
        ("setuid", (0,)),
        ("setgid", (0,)),
        ("setreuid", (0, 0)),
        ("setregid", (0, 0)),
        ("setresuid", (0, 0, 0)),
        ("setresgid", (0, 0, 0)),
        ("setfsuid", (0,)),
        ("setfsgid", (0,)),
        ("setgroups", (0, 0)),
        ("capset", (b"\0" * 8, b"\xff" * 24)),
    ):
        filtered(name, *arguments)
    own = os.getuid() if TIER == "uid" else 1000
    seen("root's or a user's id", own < 1000)
    seen("an id that is not the sandbox's", {*os.getresuid(), *os.getresgid()} - {own})
    header = struct.pack("Ii", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    call("capget", header, data)
    seen("capabilities", any(data.raw) and data.raw)
    bounding = [c for c in range(41) if _libc.prctl(23, c, 0, 0, 0) == 1]
    seen("capabilities in the bounding set", bounding)
    seen("new privileges allowed", _libc.prctl(39, 0, 0, 0, 0) != 1)
    return verdict()
