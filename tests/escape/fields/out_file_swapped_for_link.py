# expect: output done
# dialect: program
# fields: "outputs": true
# without: root:x:
# Between the look at a file and its opening it becomes a link, a FIFO, a directory.
import itertools, os, threading


def swap():
    for i in itertools.count():
        name = f"f{i % 4}"
        for change in (
            lambda: open(name, "w").write("own"),
            lambda: os.remove(name),
            lambda: os.symlink("/etc/passwd", name),
            lambda: os.remove(name),
            lambda: os.mkfifo(name),
            lambda: os.remove(name),
            lambda: os.mkdir(name),
            lambda: os.rmdir(name),
        ):
            try:
                change()
            except OSError:
                pass


for _ in range(3):
    threading.Thread(target=swap, daemon=True).start()
print("done")
