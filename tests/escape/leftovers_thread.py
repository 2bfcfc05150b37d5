# expect: returned 42
import threading


def main():
    def spin():
        while True:
            pass

    for _ in range(4):
        threading.Thread(target=spin, daemon=True).start()
    return 42
