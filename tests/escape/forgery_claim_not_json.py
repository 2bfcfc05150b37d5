# expect: invalid_result
import gc


def harness():
    """The names of the harness, which no frame leads to: out of the heap."""
    gc.unfreeze()
    return next(o for o in gc.get_objects() if type(o) is dict and callable(o.get("_ended")) and "begin" in o)


def main():
    harness()["_ended"] = lambda *_: (0, 0, b'{"result": 1}, "error_type": "forged"', b"")
    return 42
