# expect: file_limit
def main():
    with open("file", "wb") as file:
        while True:
            file.write(b"x" * (1 << 20))
