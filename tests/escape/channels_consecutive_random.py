# expect: distinct
# runs: 8
import random


def main():
    return [random.random(), random.getrandbits(64)]
