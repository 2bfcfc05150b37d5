# expect: timeout
# timeout: 0.4
import re


def main():
    re.match("(a+)+$", "a" * 64 + "b")
