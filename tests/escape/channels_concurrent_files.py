# expect: held
# concurrent: 2
# Each leaves files with its own mark in every place it can write, and looks for another's.
from prelude import *


def main():
    mark = os.urandom(8).hex()
    for place in SCRATCH:
        with open(f"{place}/mark-{mark}", "w") as file:
            file.write(mark)
    others = set()

    def look():
        for place in SCRATCH:
            others.update(n for n in os.listdir(place) if n.startswith("mark-") and not n.endswith(mark))

    meet(look)
    seen("files of another run", others)
    return verdict()
