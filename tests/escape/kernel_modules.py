# expect: held
from prelude import *


def main():
    filtered("init_module", b"\x7fELF", 4, b"")
    filtered("finit_module", 0, b"", 0)
    filtered("delete_module", b"loop", 0)
    filtered("create_module", b"x", 1)
    filtered("kexec_load", 0, 0, 0, 0)
    filtered("kexec_file_load", 0, 0, 0, b"", 0)
    return verdict()
