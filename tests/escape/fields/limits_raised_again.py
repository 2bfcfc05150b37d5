# expect: held
# fields: "limits": {"processes": 8, "open_files": 20, "file_size_mb": 1, "cpu_seconds": 2, "memory_mb": 100}
# Lowered limits are as hard as configured ones.
from prelude import *
import resource


def main():
    for name in ("NOFILE", "NPROC", "FSIZE", "CPU", "DATA", "AS"):
        limit = getattr(resource, "RLIMIT_" + name)
        hard = resource.getrlimit(limit)[1]
        for more in (hard + 1, resource.RLIM_INFINITY):
            try:
                resource.setrlimit(limit, (more, more))
            except (ValueError, OSError):
                pass
            seen(f"a higher limit {name}", resource.getrlimit(limit)[1] != hard)
    seen("more open files", resource.getrlimit(resource.RLIMIT_NOFILE) != (20, 20))
    seen("more file size", resource.getrlimit(resource.RLIMIT_FSIZE)[1] > 1 << 20)
    return verdict()
