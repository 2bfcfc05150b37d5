# Sixty processes that want a processor each.
import os, time

end = time.monotonic() + 2
for _ in range(60):
    if os.fork() == 0:
        while time.monotonic() < end:
            pass
        os._exit(0)
time.sleep(2.2)
