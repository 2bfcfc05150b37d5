# expect: exited Script exited with status 7 before main() returned
import os


def main():
    print('{"result": 42}')
    os._exit(7)
