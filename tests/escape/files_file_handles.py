# expect: held
# open_by_handle_at opens what no path leads to (the "shocker" escape from docker).
from prelude import *


def main():
    handle = ctypes.create_string_buffer(struct.pack("=Ii", 8, 1) + struct.pack("=QQ", 2, 0), 128)
    mount = ctypes.c_int()
    filtered("name_to_handle_at", -100, b"/usr/bin/env", handle, ctypes.byref(mount), 0)
    root = os.open("/usr/bin", os.O_RDONLY)
    filtered("open_by_handle_at", root, handle, os.O_RDONLY)
    return verdict()
