# expect: returned null
# gone: 86398.25
import subprocess


def main():
    for _ in range(10):
        subprocess.Popen(["/usr/bin/sleep", "86398.25"], start_new_session=True)
