# expect: output b a []
# dialect: program
# fields: "stdin": "a", "files": {".stdin": "b"}
# The file behind descriptor 0 has a name for a moment: a file of the request may have it, too.
import os

text = open(".stdin").read()
os.remove(".stdin")
print(text, os.read(0, 9).decode(), os.listdir("."))
