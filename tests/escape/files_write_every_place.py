# expect: held
# Makes a file in each directory there is but the scratch ones.
from prelude import *

SCRATCH = ("/tmp", "/home/sandbox", "/dev/shm")


def main():
    tried = 0
    for directory, names, _ in os.walk("/", followlinks=False):
        names[:] = [n for n in names if os.path.join(directory, n) not in SCRATCH]
        if tried > 3000 and directory.count("/") > 3:
            names.clear()
            continue
        tried += 1
        path = os.path.join(directory, "python-executor-escape")
        answer = attempt(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        if isinstance(answer, Success):
            os.unlink(path)
        refused(f"make a file in {directory}", answer, "EROFS")
    return verdict()
