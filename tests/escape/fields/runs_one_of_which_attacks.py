# expect: each 4 answered
# timeout: 3
# fields: "runs": [{}, {}, {}, {}]
# Fork bombs side by side, of one request: each ends alone, and the service lives.
import os


def main():
    while True:
        try:
            os.fork()
        except OSError:
            pass
