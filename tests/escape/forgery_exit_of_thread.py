# expect: exited Script exited with status 9 before main() returned
import os, threading, time


def main():
    threading.Thread(target=os._exit, args=(9,)).start()
    time.sleep(10)
    return 42
