# expect: each 8 held
# timeout: 20
# fields: "runs": [{}, {}, {}, {}, {}, {}, {}, {}]
# Runs of one request are as far from each other as those of different clients.
from prelude import *
import socket


def main():
    for place in SCRATCH:
        seen(f"files in {place}", os.listdir(place))
        open(f"{place}/left", "w").write("left")
    for number in range(20):
        kept = socket.socket(socket.AF_UNIX)
        answer = attempt(kept.connect, f"\0fields-{number}")
        refused(
            "reach another run", answer, "ECONNREFUSED", "EPERM", "EACCES", uid=("ECONNREFUSED", "EPERM", "EACCES")
        )
    listed = attempt(os.listdir, "/proc")
    if TIER == "uid":
        refused("the list of processes", listed, "EACCES")
    else:
        seen("processes of others", isinstance(listed, Success) and [p for p in listed.value if p.isdigit()])
    return verdict()
