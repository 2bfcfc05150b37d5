# expect: error Script execution timed out
# dialect: program
# timeout: 4
# fields: "outputs": true
# files: {"good": "good"}
# uid-files: {}
# without: root:x:
# What a run leaves that was ended is read by another process: with the same traps in its way.
import os, socket, time

os.symlink("/etc/passwd", "link")
os.symlink("/etc", "directory")
os.mkfifo("fifo")
kept = socket.socket(socket.AF_UNIX)
try:
    kept.bind("socket")
except OSError:  # where no socket has a path
    pass
open("sparse", "wb").truncate(32 << 20)
open("hidden", "w").write("hidden")
os.chmod("hidden", 0)
os.makedirs("deep/" * 40)
open("good", "w").write("good")
time.sleep(60)
