# expect: output done
# dialect: program
# fields: "outputs": true
# files: {"good": "good"}
# without: forged
# Claims of files that there are not, without the nonce, on every descriptor that there is.
import os, struct

name, content = b"../../etc/forged", b"forged"
body = struct.pack("<BiI", 0, 0, 0) + struct.pack("<I", 1)
body += struct.pack("<BI", 1, len(name)) + name + struct.pack("<I", len(content)) + content
for descriptor in (3, 1000, *range(4, 64)):
    for nonce in (b"", bytes(16), b"\xff" * 16):
        try:
            os.write(descriptor, nonce + struct.pack("<II", len(body), 0) + body)
        except OSError:
            pass
open("good", "w").write("good")
os.write(1, b"done\n")
