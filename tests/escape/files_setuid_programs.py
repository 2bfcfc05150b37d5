# expect: held
# Set-user-ID programs, the host's and the script's, run with the script's own id only.
from prelude import *
import subprocess


def main():
    for program in ("su", "mount", "passwd", "newgrp", "chsh", "sudo", "pkexec", "firejail"):
        path = f"/usr/bin/{program}"
        if os.path.exists(path):
            refused(
                f"{program} reads shadow", attempt(os.open, "/etc/shadow", os.O_RDONLY), "ENOENT", uid=("EACCES",)
            )
    own = f"{TMP}/own-id"
    with open("/usr/bin/id", "rb") as source, open(own, "wb") as copy:
        copy.write(source.read())
    os.chmod(own, 0o6755)
    done = subprocess.run([own, "-u"], capture_output=True, text=True)
    seen("another user id", done.stdout.strip() != str(os.getuid()) and done.stdout)
    seen("a file of root's", [n for n in os.listdir(TMP) if os.stat(f"{TMP}/{n}").st_uid == 0])
    return verdict()
