# expect: output done
# dialect: program
# fields: "outputs": true, "limits": {"result_kb": 64}
# A file that grows and shrinks while it is read has more bytes than were counted before.
import itertools, os, threading

open("f", "wb").write(bytes(60_000))


def grow():
    for i in itertools.count():
        with open("f", "ab") as file:
            file.write(bytes(1 << 16))
        os.truncate("f", i % 2 * 60_000)


threading.Thread(target=grow, daemon=True).start()
print("done")
