// What the playground offers to start from.

export const examples = [
  {
    name: "A table with pandas",
    dialect: "script",
    source: `import numpy as np
import pandas as pd


def main():
    rng = np.random.default_rng(7)
    table = pd.DataFrame({
        "city": rng.choice(["Bern", "Lima", "Oslo"], 300),
        "degrees": rng.normal(14, 6, 300).round(1),
    })
    print(table.head())
    return table.groupby("city")["degrees"].mean().round(2).to_dict()
`,
  },
  {
    name: "A program that prints",
    dialect: "code",
    source: `import sys

primes = [n for n in range(2, 60) if all(n % d for d in range(2, n))]
print("primes:", *primes)
print(len(primes), "of them", file=sys.stderr)
`,
  },
  {
    name: "Several things at once",
    dialect: "script",
    source: `import asyncio
import time


async def cook(dish, seconds):
    await asyncio.sleep(seconds)
    print(dish, "is ready")
    return seconds


async def main():
    begin = time.perf_counter()
    each = await asyncio.gather(cook("rice", 0.3), cook("soup", 0.2), cook("tea", 0.1))
    return {"added up": sum(each), "took": round(time.perf_counter() - begin, 2)}
`,
  },
  {
    name: "A database in memory",
    dialect: "script",
    source: `import sqlite3


def main():
    db = sqlite3.connect(":memory:")
    db.execute("create table words (word text, length int)")
    for word in "a script may use the whole standard library".split():
        db.execute("insert into words values (?, ?)", (word, len(word)))
    rows = db.execute("select length, group_concat(word, ' ') from words group by length")
    return {str(length): words for length, words in rows}
`,
  },
  {
    name: "An exception",
    dialect: "script",
    source: `def mean(numbers):
    return sum(numbers) / len(numbers)


def main():
    print("the mean of nothing is ...")
    return mean([])
`,
  },
  {
    name: "A slip of the pen",
    dialect: "script",
    source: `def main():
    total = 0
    for n in range(10)
        total += n
    return total
`,
  },
  {
    name: "A plot with matplotlib",
    dialect: "script",
    source: `import matplotlib.pyplot as plt
import numpy as np


def main():
    x = np.linspace(0, 4 * np.pi, 400)
    plt.figure(figsize=(7, 4))
    plt.plot(x, np.sin(x), label="sin")
    plt.plot(x, np.sin(x) * np.exp(-x / 6), label="fading")
    plt.legend()
    plt.title("Figures that are left open come back as pictures")
    return {"points": len(x)}
`,
  },
  {
    name: "No end (stop it, or wait)",
    dialect: "code",
    timeout: 5,
    source: `print("counting ...", flush=True)
n = 0
while True:
    n += 1
`,
  },
  {
    name: "No way out",
    dialect: "code",
    source: `import os
import socket

print("files here:", os.listdir("."))
print("user:", os.getuid(), "process:", os.getpid())
try:
    print("homes:", os.listdir("/home"))
except OSError as error:
    print("homes:", error)
socket.create_connection(("192.0.2.1", 80), timeout=2)
`,
  },
];
