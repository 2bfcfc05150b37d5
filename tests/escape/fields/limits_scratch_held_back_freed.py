# expect: file_limit
# fields: "limits": {"scratch_mb": 2}
# What is held back of the scratch space is found and freed, or got around by files without names.
import os


def main():
    for top in (".", "/tmp", "/dev/shm", "/"):
        try:
            for name in os.listdir(top):
                if name.startswith("filled"):
                    os.truncate(os.path.join(top, name), 0)
        except OSError:
            pass
    held = []
    for i in range(60):
        held.append(os.open(f"f{i}", os.O_CREAT | os.O_RDWR))
        os.remove(f"f{i}")
        os.write(held[-1], bytes(1 << 20))
    __import__("time").sleep(10)
    return "wrote 60 MB"
