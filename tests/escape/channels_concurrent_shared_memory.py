# expect: held
# concurrent: 2
# POSIX shared memory and semaphores have names; so have queues and System V's keys.
from prelude import *
from multiprocessing import shared_memory


def main():
    answer = attempt(shared_memory.SharedMemory, name="python-executor-escape", create=True, size=4096)
    if TIER == "uid":  # it is a file of the run's own there, and /dev/shm, which all runs share, is closed
        refused(
            "a file in /dev/shm",
            attempt(os.open, "/dev/shm/python-executor-escape", os.O_CREAT | os.O_RDWR),
            "EACCES",
        )
    seen("shared memory of another run", answer if isinstance(answer, str) else None)
    semaphore = _libc.sem_open(b"/python-executor-escape", 0o300, 0o600, 0)
    number = ctypes.get_errno() if semaphore == 0 else 0
    seen("a semaphore of another run", number not in (0, errno.EACCES if TIER == "uid" else 0) and number)
    meet(lambda: refused("a segment of another run", call("shmget", 0x4242, 4096, 0o1600), "EPERM"))
    return verdict()
