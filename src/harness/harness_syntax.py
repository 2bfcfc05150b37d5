"""What to do about source that is no Python: one sentence, where there is something to say, as UTF-8.

Knows the source and what the compiler says of it. Is asked only when a script does not compile.
Cannot raise: what it cannot read means no hint.
"""

import builtins
import sys
from re import compile as compile_pattern
from typing import Any

from _executor_report import split_lines

__builtins__ = dict(vars(builtins))

_NO_PACKAGES = "Packages cannot be installed in a run; GET /runtime lists what is there"


def hint_of_syntax(error: Exception, source: str) -> bytes:
    """For what the compiler says of a script."""
    try:
        number = error.lineno or 0 if isinstance(error, SyntaxError) else 0
        message = error.msg or "" if isinstance(error, SyntaxError) else ""
        lines = split_lines(source)
        hint = _fence(lines, number)
        if not hint and 1 <= number <= len(lines):
            hint = _hint_of_line(message, number, lines[number - 1].strip()) or _hint_of_escapes(error, message)
        return hint.encode("utf-8", "replace")
    except BaseException:
        return b""


_FENCES = ("```", "~~~")


def _fence(lines: list[str], number: int) -> str:
    """For Markdown whose code block is Python, however the rest of it fails to be."""
    marks = [i for i, line in enumerate(lines) if line.lstrip().startswith(_FENCES)]
    if not marks or _is_in_string("".join(lines[: marks[0]])):
        return ""
    end = marks[1] if len(marks) > 1 else len(lines)
    block = "".join(lines[marks[0] + 1 : end])
    if not _compiles(block) or number > marks[0] + 1 and number - 1 not in marks:
        return ""
    where = "between the fences alone" if block.strip() else "alone"
    return f"Line {marks[0] + 1} is a Markdown fence: send the Python {where}"


def _is_in_string(before: str) -> bool:
    return any([before.count(quotes) % 2 for quotes in ('"""', "'''")])


def _compiles(source: str) -> bool:
    try:
        compile(source, "script.py", "exec", dont_inherit=True)
        return True
    except Exception:
        return False


_INSTALLERS = ("pip install", "pip3 install", "conda install", "python -m pip")
# A line of its own, the value of an assignment, or a question about a name.
_NOTEBOOK = compile_pattern(
    r"!|%%?[a-zA-Z]|\?{1,2}[\w.]+$|[\w.]+\?{1,2}$"
    r"|\w+\s*=\s*(!(ls|cat|pip|python3?|echo|curl|wget|find|head|grep|which)\b|%[a-zA-Z])"
)
_TYPE_PARAMETERS = compile_pattern(r"type\s+\w+\s*(\[.*\]\s*)?=|(async\s+)?(def|class)\s+\w+\[")
# What is in braces begins with the quotes of the string itself, or has them after a bracket or an operator.
_QUOTES_IN_QUOTES = compile_pattern(r"""[fF][rR]?(["'])[^"']*\{([^}"']*[\[(,=+\s])?\1""")


def _hint_of_line(message: str, number: int, line: str) -> str:
    """For the line that the compiler names, without what is around it."""
    command = line.lstrip("!% ")
    if command.startswith(_INSTALLERS):
        return _NO_PACKAGES
    if line.startswith(_FENCES):
        return f"Line {number} is a Markdown fence: send the Python alone"
    if line.startswith((">>>", "In [")):
        return f"Line {number} has an interpreter's prompt: send the Python alone"
    if _NOTEBOOK.match(line):
        return f"Line {number} is a notebook's command: send plain Python without it"
    return _hint_of_message(message, line) or _hint_of_version(line)


_AWAIT_OUTSIDE = (
    "'await' outside function",
    "'await' outside async function",
    "'async with' outside async function",
    "'async for' outside async function",
    "asynchronous comprehension outside of an asynchronous function",
)


def _hint_of_message(message: str, line: str) -> str:
    if message == "'return' outside function":
        return "Only functions return: give a 'script' a main() that does, or let a program in 'code' print"
    if message in _AWAIT_OUTSIDE:
        return (
            "Only 'async def' functions await: put it into an 'async def main()'; a program calls asyncio.run(main())"
        )
    return ""


def _hint_of_escapes(error: Any, message: str) -> str:
    """For a backslash and an n where the compiler stopped: those of a string are in their place."""
    if "line continuation" not in message or error.text[error.offset - 2 : error.offset] not in ("\\n", "\\r"):
        return ""
    return "The source has the characters \\n where its lines should end: it was escaped twice"


def _hint_of_version(line: str) -> str:
    """For what a newer Python would compile."""
    if sys.version_info >= (3, 12):
        return ""
    here = "here it is 3." + str(sys.version_info[1])
    if _TYPE_PARAMETERS.match(line):
        return f"'type' statements and type parameters are of Python 3.12, {here}"
    if _QUOTES_IN_QUOTES.search(line):
        return f"The same quotes inside of an f-string are of Python 3.12, {here}: use the other kind there"
    return ""
