# expect: returned 42
import sys


def main():
    for name in list(sys.modules):
        sys.modules[name] = None
    sys.modules.clear()
    sys.path.clear()
    sys.meta_path.clear()
    return 42
