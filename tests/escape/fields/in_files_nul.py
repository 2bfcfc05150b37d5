# expect: bad_request
# absent: /tmp/python-executor-escape-file
# fields: "files": {"good\u0000/../../../tmp/python-executor-escape-file": "x"}
# The path ends for C where it does not end for the one that checks it.
def main():
    return "ran"
