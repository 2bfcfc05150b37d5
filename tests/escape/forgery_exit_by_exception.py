# expect: exception SystemExit: 0
def main():
    raise SystemExit(0)
