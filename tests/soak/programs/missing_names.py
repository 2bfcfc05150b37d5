# Names that do not exist, which the kernel remembers.
import os, time

end = time.monotonic() + 1
salt, n = os.urandom(4).hex(), 0
while time.monotonic() < end:
    n += 1
    try:
        os.stat(f"/usr/lib/{salt}{n:x}" + "x" * 230)
    except OSError:
        pass
