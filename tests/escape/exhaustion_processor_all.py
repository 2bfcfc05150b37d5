# expect: timeout
# timeout: 0.5
import os


def main():
    for _ in range(40):
        if os.fork() == 0:
            break
    while True:
        pass
