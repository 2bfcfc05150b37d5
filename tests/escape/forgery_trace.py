# expect: returned 42 or exception SystemExit: forged
# Trace and profile functions see every call of the harness that follows.
import sys


def main():
    def forge(frame, event, argument):
        if frame.f_code.co_filename != "script.py":
            raise SystemExit("forged")

    sys.settrace(forge)
    sys.setprofile(forge)
    return 42
