# expect: output done
# dialect: program
# fields: "outputs": true
# files: {"good": "good"}
# without: root:x:
# A link in the working directory gives back what the service can read, or what another run has.
import os

os.symlink("/etc/passwd", "file")
os.symlink("/etc", "directory")
os.symlink("/proc/self/environ", "service")
os.symlink("good", "a")
os.symlink("a", "b")
os.symlink("loop", "loop")
open("good", "w").write("good")
print("done")
