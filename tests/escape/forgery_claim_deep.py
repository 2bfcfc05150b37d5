# expect: invalid_result or returned 42
# As deep as the result may be long: what checks and prints it must not recurse so far.
import gc


def harness():
    """The names of the harness, which no frame leads to: out of the heap."""
    gc.unfreeze()
    return next(o for o in gc.get_objects() if type(o) is dict and callable(o.get("_ended")) and "begin" in o)


def main():
    deep = b"[" * 4000000 + b"]" * 4000000
    harness()["_ended"] = lambda *_: (0, 0, deep, b"")
    return 42
