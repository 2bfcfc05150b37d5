# expect: output 7
# uid-expect: output 7 or output 6
# dialect: program
# fields: "limits": {"processes": 8}
# Children that fork, clone and start programs count for the run, whatever user or session they say.
import os, signal

made = 0
try:
    for _ in range(40):
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
            except OSError:
                pass
            signal.pause()
        made += 1
except OSError:
    pass
print(made)
