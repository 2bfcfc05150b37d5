# expect: held
# runs: 3
# fields: "outputs": true
# files: {"mine": "mine"}
# Each run leaves a file that none of the next finds, or gives back.
from prelude import *


def main():
    seen("files of an earlier run", os.listdir("."))
    open("mine", "w").write("mine")
    return verdict()
