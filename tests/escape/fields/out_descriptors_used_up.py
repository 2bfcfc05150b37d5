# expect: output done
# dialect: program
# fields: "outputs": true
# without: root:x:
# The collector needs descriptors, and the script has left it none.
import os

open("f", "w").write("own")
os.write(1, b"done\n")
held = []
try:
    while True:
        held.append(os.open("/dev/null", 0))
except OSError:
    pass
