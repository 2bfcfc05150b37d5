# expect: held
# runs: 8
# Marks in every place; a later run on the same zygote must find none.
from prelude import *

PLACES = SCRATCH if TIER == "uid" else (*SCRATCH, "/mnt", "/proc")


def main():
    for place in PLACES:
        # /mnt/data is a link to the home, the same for every run.
        seen(f"what an earlier run left in {place}", [n for n in os.listdir(place) if f"{place}/{n}" != "/mnt/data"])
        attempt(os.mkdir, f"{place}/mark")
    return verdict()
