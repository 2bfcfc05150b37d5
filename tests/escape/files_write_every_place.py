# expect: held
# Makes a file in each directory there is but the scratch ones.
from prelude import *


def directories():
    # Where nothing but these can be listed, the rest is tried by name.
    named = "/ /etc /dev /dev/shm /tmp /var/tmp /var/lib /run /run/lock /home /mnt /srv".split()
    if TIER == "uid":
        yield from ((name, []) for name in named)
    for top in ("/usr/bin", "/usr/lib") if TIER == "uid" else ("/",):
        yield from ((directory, names) for directory, names, _ in os.walk(top, followlinks=False))


def main():
    tried = 0
    for directory, names in directories():
        names[:] = [n for n in names if os.path.join(directory, n) not in SCRATCH]
        if tried > 3000 and directory.count("/") > 3:
            names.clear()
            continue
        tried += 1
        path = os.path.join(directory, "python-executor-escape")
        answer = attempt(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        if isinstance(answer, Success):
            os.unlink(path)
        refused(f"make a file in {directory}", answer, "EROFS", uid=("EACCES",))
    return verdict()
