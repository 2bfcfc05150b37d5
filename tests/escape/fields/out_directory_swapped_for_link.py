# expect: output done
# dialect: program
# fields: "outputs": true
# without: root:x:
# The same with a directory that is on the way to a file: d/passwd is the run's own, or the host's.
import itertools, os, threading

os.mkdir("d")
open("d/passwd", "w").write("own")
os.symlink("/etc", "l")


def swap():
    for _ in itertools.count():
        try:
            os.rename("d", "e")
            os.rename("l", "d")
            os.rename("d", "l")
            os.rename("e", "d")
        except OSError:
            pass


threading.Thread(target=swap, daemon=True).start()
print("done")
