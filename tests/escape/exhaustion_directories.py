# expect: answered
import os


# A tree so deep that who removes it by recursion would break.
def main():
    for _ in range(20000):
        os.mkdir("d")
        os.chdir("d")
