# expect: output done
# dialect: program
# fields: "outputs": ["a/**"]
# Directories that move while they are walked: what is walked stays below the working directory.
import itertools, os, threading

os.makedirs("a/b/c/d/e")
open("a/b/c/d/e/f", "w").write("own")


def move():
    for _ in itertools.count():
        try:
            os.rename("a/b/c/d", "d")
            os.rename("d", "a/b/c/d")
        except OSError:
            pass


threading.Thread(target=move, daemon=True).start()
print("done")
