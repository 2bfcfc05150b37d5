# expect: exited Script exited with status 3 before main() returned or invalid_result
# While the result is read: the script's own code runs again.
import os


class Items(dict):
    def items(self):
        os._exit(3)

    __iter__ = keys = values = items


def main():
    return Items(a=1)
