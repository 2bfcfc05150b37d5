# expect: held
# A FIFO where the service might read or write would hang it; the next request shows that it is not.
from prelude import *
import threading


def main():
    for name in (*(f"{place}/output" for place in SCRATCH), "script.py", "stdout", "result.json"):
        os.mkfifo(name)
    threading.Thread(target=lambda: open("script.py", "wb"), daemon=True).start()
    refused("make a FIFO outside", attempt(os.mkfifo, "/etc/fifo"), "EROFS", uid=("EACCES",))
    return verdict()
