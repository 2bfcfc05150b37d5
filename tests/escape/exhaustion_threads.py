# expect: returned "limited"
import threading, time


def main():
    threading.stack_size(1 << 17)  # arm64's least
    for _ in range(5000):
        try:
            threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
        except RuntimeError:
            return "limited"
