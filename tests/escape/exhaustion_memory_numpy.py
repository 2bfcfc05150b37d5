# expect: memory_limit
import numpy


def main():
    kept = [numpy.ones((1 << 20,)) for _ in range(1000)]
