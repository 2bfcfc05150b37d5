# expect: returned 42
# absent: /tmp/python-executor-escape-left
# Neither on the host nor for the next run.
def main():
    for name in ("/tmp/python-executor-escape-left", "/dev/shm/python-executor-escape-left", "left"):
        with open(name, "w") as file:
            file.write("left")
    return 42
