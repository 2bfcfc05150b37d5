# expect: distinct
# runs: 8
# OpenSSL keeps a generator of its own in each process, and knows a fork by the process id.
import ssl


def main():
    return ssl.RAND_bytes(16).hex()
