# expect: memory_limit
def main():
    return len(bytearray(1 << 40))
