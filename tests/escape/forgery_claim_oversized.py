# expect: answered
# timeout: 3
import gc


def harness():
    """The names of the harness, which no frame leads to: out of the heap."""
    gc.unfreeze()
    return next(o for o in gc.get_objects() if type(o) is dict and callable(o.get("_ended")) and "begin" in o)


def main():
    harness()["_ended"] = lambda *_: (4, 0, b"x" * (100 << 20), b"y" * (100 << 20))
    return 42
