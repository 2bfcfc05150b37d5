# expect: bad_request 'env' must be an object of at most 4096 strings
# fields: "env": {"A=B": "x"}
# A name with = in it sets another variable.
def main():
    return "ran"
