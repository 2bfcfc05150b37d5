#!/usr/bin/env python3
"""Makes the tables of which layer stops which attack.

    tests/layers/table.py [--keep] TRIALS LAYERS.md SECURITY.md

TRIALS are the lines that the test program `layers` printed: `layer LAYER TITLE FACT` and
`trial LAYER LETTER ATTACK DETAIL`, separated by tabs. LAYERS.md is written; in SECURITY.md (docs/security.md)
what is between `<!-- layers -->` and `<!-- /layers -->` is replaced, when it has these marks. With --keep, attacks of
LAYERS.md that TRIALS do not have keep their rows.
"""
import re
import sys
from collections import defaultdict

SAME, ELSEWHERE, SUCCEEDED, UNCLEAR = ".", "2", "X", "?"
FAMILIES = ["files", "processes", "kernel", "network", "exhaustion", "forgery", "leftovers", "channels"]

HEAD = """# Which layer stops which attack

Made by `make layers`, which switches each layer of the sandbox off in turn, alone, and tries every attack
of `tests/escape`. The product has no switch: the layers are off in a test's build of the runner
(`tests/weakened`), at tier `full`. What would endanger the machine is not left out but replaced by
a wider bound. Without a layer the service would not start where the attestation names a missing fact; the test
skips the attestation.

"""

LEGEND = """
## Every attack

`X` the attack succeeds, so that this layer alone stops it (what could be made of a call that is let through
is up to the other layers still); `2` it is refused, but by another layer, with
another error; `.` it is refused just as with all layers; `?` it ended in another way that proves nothing,
mostly because it needs what is missing. With `open` the attack is known to succeed anyway.

"""


def read(path):
    titles, facts, letters = {}, {}, defaultdict(dict)
    for line in open(path, encoding="utf-8", errors="replace"):
        parts = line.rstrip("\n").split("\t")
        if parts[0] == "layer" and len(parts) >= 4:
            titles[parts[1]], facts[parts[1]] = parts[2], parts[3]
        elif parts[0] == "trial" and len(parts) >= 4:
            letters[parts[3]][parts[1]] = parts[2]
    return titles, facts, letters


def split(letters):
    """Attacks that are known to succeed, and all others."""
    opened = {name for name, row in letters.items() if row.get("none") != SAME}
    return opened, {name: row for name, row in letters.items() if name not in opened}


def with_letter(closed, layer, letter):
    return sorted(name for name, row in closed.items() if row.get(layer) == letter)


def by_family(names):
    counts = [(family, sum(name.startswith(family + "_") for name in names)) for family in FAMILIES]
    return ", ".join(f"{count} {family}" for family, count in counts if count) or "none"


def summary(titles, closed):
    lines = [
        "| switched off, alone | attacks that succeed | attacks that another layer then refuses |",
        "|---|---|---|",
    ]
    for layer, title in titles.items():
        if layer != "none":
            succeeded = with_letter(closed, layer, SUCCEEDED)
            elsewhere = with_letter(closed, layer, ELSEWHERE)
            total = f"**{len(succeeded)}**: {by_family(succeeded)}" if succeeded else "none"
            lines.append(f"| {title} | {total} | {len(elsewhere) or 'none'} |")
    return "\n".join(lines) + "\n"


def lists(titles, facts, closed):
    text = ""
    for layer, title in titles.items():
        if layer == "none":
            continue
        fact = facts[layer]
        seen = (
            f"The attestation misses the fact `{fact}`." if fact else "The attestation does not see that it is off."
        )
        text += f"\n### Without: {title} (`{layer}`)\n\n{seen}\n"
        for letter, words in ((SUCCEEDED, "Succeed"), (ELSEWHERE, "Refused by another layer")):
            names = with_letter(closed, layer, letter)
            if names:
                text += f"\n{words}: " + ", ".join(f"`{name}`" for name in names) + "\n"
    return text


def full(titles, letters, opened):
    columns = [layer for layer in titles if layer != "none"]
    text = "| attack | " + " | ".join(columns) + " |\n|---|" + ":-:|" * len(columns) + "\n"
    for name in sorted(letters):
        row = [letters[name].get(layer, UNCLEAR) for layer in columns]
        text += f"| {name} | " + " | ".join(["open"] * len(row) if name in opened else row) + " |\n"
    return text


def keep(letters, table):
    """Adds the rows of the table that is there for attacks that are not among `letters`."""
    rows = [line.strip("| \n").split(" | ") for line in open(table, encoding="utf-8") if line.startswith("| ")]
    begin = next(index for index, row in enumerate(rows) if row[0] == "attack")
    columns = rows[begin][1:]
    for name, *row in rows[begin + 1 :]:
        if name not in letters:
            is_open = row[0] == "open"
            letters[name] = dict(zip(columns, row), none=SUCCEEDED if is_open else SAME)


def main():
    *flags, trials, table, page = sys.argv[1:]
    titles, facts, letters = read(trials)
    if flags == ["--keep"]:
        keep(letters, table)
    opened, closed = split(letters)
    short = summary(titles, closed)
    with open(table, "w", encoding="utf-8") as file:
        file.write(HEAD + short + lists(titles, facts, closed) + LEGEND + full(titles, letters, opened))
    text = open(page, encoding="utf-8").read()
    marked = re.compile(r"(<!-- layers -->\n).*?(<!-- /layers -->)", re.DOTALL)
    if marked.search(text):
        lead = (
            f"Each layer was switched off alone, in a build for tests, and {len(letters)} attacks were tried, "
            f"of which {len(opened)} are\nknown to succeed anyway (`make layers`; each attack: "
            "[LAYERS.md](../tests/layers/LAYERS.md)):\n\n"
        )
        text = marked.sub(lambda match: match[1] + "\n" + lead + short + "\n" + match[2], text)
        open(page, "w", encoding="utf-8").write(text)


if __name__ == "__main__":
    main()
