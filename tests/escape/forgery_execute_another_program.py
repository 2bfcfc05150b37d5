# expect: exited Script exited with status 0 before main() returned
import os


def main():
    os.execv("/usr/bin/python3", ["python3", "-I", "-c", "print('{\"result\": 42}')"])
