# expect: distinct
# runs: 8
import multiprocessing, tempfile, uuid


def main():
    return [uuid.uuid4().hex, tempfile.mktemp(), multiprocessing.current_process().authkey.hex()]
