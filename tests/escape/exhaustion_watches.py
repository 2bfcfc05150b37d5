# expect: held
# epoll in epoll in epoll, each with all descriptors there are.
from prelude import *
import select


def main():
    pollers = []
    answer = None
    for _ in range(100):
        pollers.append(select.epoll())
    for one in pollers:
        for other in pollers:
            answer = attempt(one.register, other.fileno(), 1)
    refused("a loop of epolls", answer, "ELOOP", "EINVAL")
    return verdict()
