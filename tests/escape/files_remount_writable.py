# expect: held
# The classic first step: every mount tried for writing.
from prelude import *

MS_REMOUNT, MS_BIND = 32, 4096


def main():
    for path in (b"/", b"/usr/bin", b"/usr/lib", b"/etc/alternatives", b"/dev/null"):
        refused(f"remount {path}", call("mount", None, path, None, MS_REMOUNT | MS_BIND, None), "EPERM")
        refused(f"remount {path}", call("mount", None, path, None, MS_REMOUNT, None), "EPERM")
        refused(f"unmount {path}", call("umount2", path, 2), "EPERM")
    # mount_setattr: clear MOUNT_ATTR_RDONLY
    attributes = struct.pack("QQQQ", 0, 1, 0, 0)
    refused("mount_setattr", call("mount_setattr", -100, b"/usr/bin", 0, attributes, len(attributes)), "EPERM")
    return verdict()
