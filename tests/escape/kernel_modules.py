# expect: held
from prelude import *


def main():
    filtered("init_module", 175, b"\x7fELF", 4, b"")
    filtered("finit_module", 313, 0, b"", 0)
    filtered("delete_module", 176, b"loop", 0)
    filtered("create_module", 174, b"x", 1)
    filtered("kexec_load", 246, 0, 0, 0, 0)
    filtered("kexec_file_load", 320, 0, 0, 0, b"", 0)
    return verdict()
