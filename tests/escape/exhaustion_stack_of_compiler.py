# expect: answered
def main():
    return eval("(" * 5000 + ")" * 5000), eval("-" * 10**6 + "1")
