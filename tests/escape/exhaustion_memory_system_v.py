# expect: held
# Segments that outlive the processes that made them.
from prelude import *


def main():
    filtered("shmget", 0, 600 << 20, 0o1600)
    filtered("shmctl", 0, 0, 0)
    filtered("msgget", 0, 0o1600)
    filtered("msgsnd", 0, b"\0" * 64, 8, 0)
    filtered("semget", 0, 250, 0o1600)
    filtered("semop", 0, 0, 0)
    filtered("mq_open", b"queue", 0o102, 0o600, 0)
    filtered("mq_unlink", b"queue")
    return verdict()
