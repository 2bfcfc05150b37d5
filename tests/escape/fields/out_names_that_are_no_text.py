# expect: output done
# dialect: program
# fields: "outputs": true
# files: {"good": "good", "\u202e": "", "a\nb": "", "\u001b[2J": "", "\"}": ""}
# Names that are not UTF-8, and names that break JSON, lines and terminals.
import os

for name in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", "\u202e".encode(), b"a\nb", b"\x1b[2J", b'"}'):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600))
open("good", "w").write("good")
print("done")
