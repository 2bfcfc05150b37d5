# expect: distinct
# runs: 8
import secrets


def main():
    return secrets.token_hex(16)
