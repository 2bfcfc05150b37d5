# expect: held
# Memory with a descriptor: counted by no limit, and a program that is nowhere.
from prelude import *


def main():
    filtered("memfd_create", b"x", 0)
    filtered("memfd_secret", 0)
    filtered("shmget", 0, 4096, 0o1600)
    filtered("shmat", 0, 0, 0)
    filtered("remap_file_pages", 0, 4096, 0, 0, 0)
    filtered("mlockall", 3)
    filtered("mbind", 0, 4096, 0, 0, 0, 0)
    filtered("move_pages", 0, 0, 0, 0, 0, 0)
    filtered("migrate_pages", 0, 0, 0, 0)
    return verdict()
