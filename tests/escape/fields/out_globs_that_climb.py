# expect: output done
# dialect: program
# fields: "outputs": ["../**", "**/../**", "../../etc/passwd", "./../*", "a/../good", "[.][.]/*", "{good,x}"]
# files: {}
# Globs are matched with paths below the working directory, and lead nowhere else.
import os

os.makedirs("a/b")
open("good", "w").write("good")
open(os.environ["TMPDIR"] + "/x", "w").write("x")
print("done")
