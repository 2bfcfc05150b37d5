# expect: held
from prelude import *


def main():
    attributes = struct.pack("IIQ", 1, 128, 0) + b"\0" * 112
    filtered("perf_event_open", attributes, 0, -1, -1, 0)
    filtered("perf_event_open", attributes, -1, 0, -1, 0)
    filtered("lookup_dcookie", 0, 0, 0)
    return verdict()
