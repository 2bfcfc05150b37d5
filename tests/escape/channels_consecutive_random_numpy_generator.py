# expect: distinct
# runs: 6
import numpy


def main():
    return [numpy.random.default_rng().bytes(8).hex()]
