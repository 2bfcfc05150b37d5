# expect: error Script exited with status 3
# dialect: program
# fields: "outputs": true
# without: root:x:
# gone: 86391.75
# Children that outlive the run would change its files while another process reads them.
import os, subprocess

open("f", "w").write("own")
subprocess.Popen(["/bin/sh", "-c", "while :; do ln -sf /etc/passwd f; rm f; done"], start_new_session=True)
subprocess.Popen(["/usr/bin/sleep", "86391.75"], start_new_session=True)
os._exit(3)
