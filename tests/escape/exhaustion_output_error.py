# expect: exception
# The text of an error has a limit as well.
def main():
    raise ValueError("x" * (50 << 20))
