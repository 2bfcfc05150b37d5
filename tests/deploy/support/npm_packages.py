"""npm packages that tests run: installed once for each lock file, in the cache of the tests."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
CACHE = Path("/var/cache/python-executor-tests")


def installed(name):
    """The directory of the packages that tests/deploy/NAME/package-lock.json names, with the programs
    of tests/deploy/NAME next to them."""
    source = HERE / name
    lock = (source / "package-lock.json").read_bytes()
    place = CACHE / f"{name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(f"{place}.lock", "w") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(source, place)
            done = subprocess.run(["npm", "ci"], cwd=place, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"npm ci: {done.stdout}{done.stderr}")
            (place / "complete").touch()
        for program in source.glob("*.mjs"):
            shutil.copy(program, place)
    return place
