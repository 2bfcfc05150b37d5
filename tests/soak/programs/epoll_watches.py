# As many watches of epoll as there can be, which the kernel counts for each user.
import os, select, signal, time

PROCESSES, EACH = 20, 120
for _ in range(PROCESSES):
    if os.fork() == 0:
        reader, _ = os.pipe()
        ready = [os.dup(reader) for _ in range(EACH)]
        pollers = [select.epoll() for _ in range(EACH)]
        try:
            for poller in pollers:
                for descriptor in ready:
                    poller.register(descriptor, 0)
        except OSError:
            pass
        signal.pause()
time.sleep(1.5)
