# expect: output done
# dialect: program
# fields: "usage": true
# without: 987654321
# What a run has used is counted outside of it.
import os, resource, sys, time

resource.getrusage = time.process_time = time.perf_counter = time.monotonic = time.time = lambda *a: 987654321.0
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").startswith("_executor"):
        for name in ("monotonic", "perf_counter", "time", "usage"):
            setattr(module, name, lambda *a: 987654321.0)
os.write(1, b"done\n")
