"""The plots that a script leaves open, as text that fits into its claim.

Knows matplotlib by what the script has imported of it, and never imports it. Runs after the script,
on the script's own objects: whatever drawing them raises is the script's exception.
"""

import builtins
import sys
from binascii import b2a_base64
from io import BytesIO

from _executor_result import TooLarge

__builtins__ = dict(vars(builtins))

_modules = sys.modules


def open_figures(max_size: int) -> bytes:
    """Returns pyplot's open figures as PNGs in base64, one a line, in the order of their numbers.

    Raises TooLarge when they are more than `max_size` bytes, and what drawing them raises.
    """
    pyplot = _modules.get("matplotlib.pyplot")
    if pyplot is None:
        return b""
    lines = []
    size = 0
    for number in pyplot.get_fignums():
        png = BytesIO()
        pyplot.figure(number).savefig(png, format="png")
        lines.append(b2a_base64(png.getbuffer(), newline=False))
        size += len(lines[-1]) + 1
        if size > max_size:
            raise TooLarge
    return b"\n".join(lines)
