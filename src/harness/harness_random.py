"""Random states of a worker's own: clones of one zygote would all draw the same numbers."""

import sys
from os import urandom
from types import ModuleType
from typing import Any


def reseeders() -> list[Any]:
    """Functions, each to be called once in a worker, that give the modules imported so far random
    states. Call in the zygote, after its imports."""
    found: list[Any] = []
    if "random" in sys.modules:
        found.append(sys.modules["random"].seed)
    if "numpy.random" in sys.modules:
        found.append(_numpy_reseeder(sys.modules["numpy.random"]))
    if "multiprocessing.process" in sys.modules:
        found.append(_renew_authkey)
    return found


def _numpy_reseeder(numpy_random: ModuleType) -> Any:
    """Returns a function that gives numpy's global generator a random state.

    np.random.seed() costs 85 us, and 600 in a new clone; writing random bytes over the 624 words
    of the Mersenne Twister's key costs 6 and 60. Where those words are is proved here, and if they
    are not where they should be the slow way is taken.
    """
    try:
        import ctypes

        state = numpy_random.mtrand._rand
        key = urandom(624 * 4)
        numpy = sys.modules["numpy"]
        # At the last position, so that the next number drawn mixes the new key first.
        state.set_state(("MT19937", numpy.frombuffer(key, dtype=numpy.uint32), 624))
        address = state._bit_generator.ctypes.state_address
        words = memoryview((ctypes.c_ubyte * len(key)).from_address(address)).cast("B")
        if bytes(words) != key:
            return numpy_random.seed
    except Exception:
        return numpy_random.seed

    def reseed() -> None:
        words[:] = urandom(624 * 4)

    return reseed


def _renew_authkey() -> None:
    current = sys.modules["multiprocessing.process"].current_process()
    current.authkey = urandom(32)
