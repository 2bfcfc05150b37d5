# expect: held
# fields: "env": {"LD_PRELOAD": "./evil.so", "LD_LIBRARY_PATH": ".", "LD_AUDIT": "./evil.so", "GLIBC_TUNABLES": "glibc.malloc.check=3", "GCONV_PATH": ".", "LOCPATH": ".", "PYTHONHOME": "/nowhere", "PYTHONPATH": ".", "PYTHONINSPECT": "1", "PYTHONMALLOC": "debug", "PYTHONDEVMODE": "1", "LC_ALL": "x", "TZ": "/etc/passwd", "OPENSSL_CONF": "./evil", "HOME": "/etc", "TMPDIR": "/etc", "PATH": "."}, "files": {"evil.so": "x", "libc.so.6": "x", "encodings/__init__.py": "1/0"}
# Variables that change what a process loads: they come too late for the run, and concern no other.
from prelude import *


def main():
    seen(
        "the host's variables",
        [
            name
            for name in os.environ
            if name.startswith(("FIREJAIL", "PYTHON_EXECUTOR", "container"))
            and name != "PYTHON_EXECUTOR_SHM"  # the run's own, in tier uid (docs/differences.md)
        ],
    )
    seen("what another run was sent", "LEFT" in os.environ)
    import decimal

    seen("another Python", repr(decimal.Decimal(1)) != "Decimal('1')")
    return verdict()
