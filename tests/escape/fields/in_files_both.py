# expect: bad_request
# absent: /tmp/python-executor-escape-file
# fields: "files": {"a": "", "a/b": ""}
# A path is a file and a directory.
def main():
    return "ran"
