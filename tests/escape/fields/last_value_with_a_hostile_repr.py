# expect: error Script returned more than 0.0625 MB
# dialect: program
# timeout: 20
# fields: "last_value": true, "limits": {"result_kb": 64}
# The last value is shown by its own code, after the program.
import sys

print("done")
sys.stdout.flush()


class Text(str):
    def encode(self, *arguments):
        return b"x"

    def __len__(self):
        return 1


class Hostile:
    def __repr__(self):
        return Text("\udcff" * 100_000)


Hostile()
