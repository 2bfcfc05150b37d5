# expect: output done
# dialect: program
# fields: "outputs": ["directory/*", "directory/**", "directory/passwd", "link"]
# files: {}
# without: root:x:
# The same, asked for by the path behind the link.
import os

os.symlink("/etc", "directory")
os.symlink("/etc/passwd", "link")
print("done")
