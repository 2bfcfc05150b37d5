# expect: crashed Script was killed by signal 6 (SIGABRT)
import os


def main():
    os.abort()
