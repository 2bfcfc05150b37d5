# expect: bad_request
# absent: /tmp/python-executor-escape-file
# fields: "files": {"/tmp/python-executor-escape-file": "x"}
# The path leads out of the working directory.
def main():
    return "ran"
