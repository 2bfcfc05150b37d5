# expect: returned {"answer": [42, 1.5, "text", null, true]}
import builtins


def main():
    value = {"answer": [42, 1.5, "text", None, True]}
    for name in list(vars(builtins)):
        if name not in ("delattr", "setattr"):
            builtins.__dict__[name] = lambda *_, **__: "forged"
    return value
