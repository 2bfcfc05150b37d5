# expect: held
# runs: 8
# Marks in every place; a later run on the same zygote must find none.
from prelude import *

PLACES = SCRATCH if TIER == "uid" else (*SCRATCH, "/mnt", "/proc")


def main():
    for place in PLACES:
        seen(f"what an earlier run left in {place}", os.listdir(place))
        attempt(os.mkdir, f"{place}/mark")
    return verdict()
