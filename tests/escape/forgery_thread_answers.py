# expect: returned 42
# A thread that keeps running while the answer is made.
import threading


def main():
    value = [42]

    def change():
        while True:
            for other in ("forged", {1}, value):
                value[0] = other
                value[0] = 42

    kept = tuple([42])
    threading.Thread(target=change, daemon=True).start()
    return kept[0]
