# expect: held
# Keys are the user's, and all workers have the same one (CVE-2016-0728 and later).
from prelude import *


def main():
    filtered("add_key", b"user", b"mark", b"text", 4, -4)
    filtered("request_key", b"user", b"mark", None, -4)
    for keyring in range(-8, 0):
        refused(f"keyctl of {keyring}", call("keyctl", 0, keyring, 1), "EPERM")
    filtered("keyctl", 1, b"mark")
    return verdict()
