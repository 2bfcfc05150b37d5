# expect: answered
# Heap unfrozen, every function of the harness gets another body.
import gc, types


def main():
    gc.unfreeze()
    forged = (lambda *_, **__: (0, 0, b'{"forged": true}', b"")).__code__
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and "_executor" in str(thing.__module__):
            try:
                thing.__code__ = forged
            except ValueError:
                pass
    return 42
