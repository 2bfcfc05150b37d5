# expect: output done
# dialect: program
# fields: "outputs": true
# files: {"good": "good"}
# Opening a FIFO without a writer blocks; reading from a socket or a terminal does, too.
import os, socket

os.mkfifo("fifo")
kept = socket.socket(socket.AF_UNIX)
try:
    kept.bind("socket")
    kept.listen()
except OSError:  # where no socket has a path
    pass
open("good", "w").write("good")
print("done")
