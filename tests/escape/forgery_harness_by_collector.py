# expect: returned 42
# Walks the heap for the harness's functions.
import gc, types


def main():
    found = [o for o in gc.get_objects() if isinstance(o, types.FunctionType) and "_executor" in (o.__module__ or "")]
    return f"found {found[0]}" if found else 42
