# expect: held
# What pivot_root left behind, and the stage on which the scratch space was mounted.
from prelude import *


def main():
    for directory in ("/mnt", "/proc"):
        if TIER == "uid":
            refused(f"list {directory}", attempt(os.listdir, directory), "EACCES")
        else:
            entries = [name for name in os.listdir(directory) if f"{directory}/{name}" != "/mnt/data"]
            seen(f"entries of {directory}", entries)
    if TIER == "uid":
        above = os.path.dirname(os.path.dirname(HOME))
        refused("list the homes", attempt(os.listdir, above), "EACCES")
    else:
        seen("another home", [name for name in os.listdir("/home") if name != "sandbox"])
        seen("what /mnt/data is", [p for p in [os.path.realpath("/mnt/data")] if p != HOME])
    seen("files of others", [p for d in (*SCRATCH, ".") for p in os.listdir(d)])
    return verdict()
