# expect: memory_limit
def main():
    kept = []
    while True:
        kept.append(b"x" * 100000 + str(len(kept)).encode())
