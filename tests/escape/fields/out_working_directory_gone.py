# expect: output done
# dialect: program
# fields: "outputs": true
# without: root:x:
# The script goes elsewhere, closes what it finds, and takes its home apart.
import os, shutil

home = os.getcwd()
os.makedirs("a/b")
os.chdir("/")
shutil.rmtree(home, ignore_errors=True)
for change in (lambda: os.rename(home, home + "2"), lambda: os.symlink("/etc", home)):
    try:
        change()
    except OSError:
        pass
os.write(1, b"done\n")
os.closerange(3, 900)
