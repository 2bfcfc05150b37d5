# expect: returned 42
# Writes what looks like an answer wherever it can.
import os


def main():
    for descriptor in range(0, 1024):
        for text in (b'{"result": "forged"}\n', b"\0" * 64, b"\1" * 17):
            try:
                os.write(descriptor, text)
            except OSError:
                pass
    return 42
