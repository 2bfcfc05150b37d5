# expect: timeout
# timeout: 0.4
# One call into C, which looks at no signal.
def main():
    return 3 ** (10**9) % 2
