# expect: output done
# dialect: program
# uid-expect: output done or error Script exceeded the file size limit
# fields: "outputs": true, "timeout": 20
# As many names as can be made, and as long: they are listed, sorted and named as omitted.
import os

try:
    for i in range(100_000):
        os.close(os.open(f"{i:0250}", os.O_CREAT | os.O_WRONLY, 0o600))
except OSError:
    pass
print("done")
