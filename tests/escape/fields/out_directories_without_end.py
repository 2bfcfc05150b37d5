# expect: output done
# dialect: program
# uid-expect: output done or error Script exceeded the file size limit
# fields: "outputs": true
# Each level takes a descriptor, a path longer, and a frame of the stack.
import os

home = os.getcwd()
try:
    for _ in range(4000):
        os.mkdir("d")
        os.chdir("d")
except OSError:
    pass
os.chdir(home)
print("done")
