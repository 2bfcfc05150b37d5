# expect: bad_request 'env' must be an object of at most 4096 strings
# fields: "env": {"A": "x\u0000LD_PRELOAD=/evil.so"}
# A value that ends for C before it ends for the one that checks it.
def main():
    return "ran"
