# expect: invalid_result or returned 42
# A type that says that it is everything.
class Everything(int):
    def __eq__(self, _):
        return True

    def __hash__(self):
        return hash(str)

    def __repr__(self):
        return '"forged"'

    __str__ = __repr__

    @property
    def __class__(self):
        return str


def main():
    return Everything(42)
