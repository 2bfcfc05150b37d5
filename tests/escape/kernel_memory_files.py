# expect: held
# Memory with a descriptor: counted by no limit, and a program that is nowhere.
from prelude import *


def main():
    filtered("memfd_create", 319, b"x", 0)
    filtered("memfd_secret", 447, 0)
    filtered("shmget", 29, 0, 4096, 0o1600)
    filtered("shmat", 30, 0, 0, 0)
    filtered("remap_file_pages", 216, 0, 4096, 0, 0, 0)
    filtered("mlockall", 151, 3)
    filtered("mbind", 237, 0, 4096, 0, 0, 0, 0)
    filtered("move_pages", 279, 0, 0, 0, 0, 0, 0)
    filtered("migrate_pages", 256, 0, 0, 0, 0)
    return verdict()
