# expect: file_limit
# All of the scratch space, in files that are each within the limit.
def main():
    for number in range(1000):
        with open(f"/dev/shm/{number}", "wb") as file:
            file.write(b"x" * (8 << 20))
