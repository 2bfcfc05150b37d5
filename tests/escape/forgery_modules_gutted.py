# expect: returned 42
import sys


def main():
    for module in list(sys.modules.values()):
        if isinstance(module, type(sys)) and module.__name__ not in ("sys", "builtins", __name__):
            for name in [n for n in vars(module) if not n.startswith("__")]:
                vars(module)[name] = None
    return 42
