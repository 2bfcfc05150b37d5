# expect: output done
# dialect: program
# fields: "outputs": true
# files: {"good": "good"}
# Files that are all hole take no scratch space, and would take all memory of their reader.
for i in range(500):
    with open(f"sparse{i}", "wb") as file:
        file.truncate(32 << 20)
open("good", "w").write("good")
print("done")
