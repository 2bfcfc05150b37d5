# expect: bad_request
# absent: /tmp/python-executor-escape-file
# fields: "files": {"a/../../../../tmp/python-executor-escape-file": "x"}
# The path leads out of the working directory, by way of one in it.
def main():
    return "ran"
