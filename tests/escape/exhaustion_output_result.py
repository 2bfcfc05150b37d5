# expect: output_limit
def main():
    return "x" * (20 << 20)
