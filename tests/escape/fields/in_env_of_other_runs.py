# expect: held
# runs: 3
# fields: "env": {"A": "1"}
# What a run does to its environment is gone with it.
from prelude import *


def main():
    seen("variables of an earlier run", os.environ.get("LEFT") or os.environ["A"] != "1")
    os.environ["LEFT"] = os.environ["A"] = "2"
    os.putenv("LEFT", "2")
    return verdict()
