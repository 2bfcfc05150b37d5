# expect: distinct
# runs: 8
import numpy


def main():
    return [float(numpy.random.rand()), numpy.random.bytes(8).hex()]
