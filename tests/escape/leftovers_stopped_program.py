# expect: returned 42
# gone: 86396.25
import signal, subprocess


def main():
    for _ in range(5):
        child = subprocess.Popen(["/usr/bin/sleep", "86396.25"])
        child.send_signal(signal.SIGSTOP)
    return 42
