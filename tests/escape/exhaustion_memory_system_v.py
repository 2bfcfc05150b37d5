# expect: held
# Segments that outlive the processes that made them.
from prelude import *


def main():
    filtered("shmget", 29, 0, 600 << 20, 0o1600)
    filtered("shmctl", 31, 0, 0, 0)
    filtered("msgget", 68, 0, 0o1600)
    filtered("msgsnd", 69, 0, b"\0" * 64, 8, 0)
    filtered("semget", 64, 0, 250, 0o1600)
    filtered("semop", 65, 0, 0, 0)
    filtered("mq_open", 240, b"queue", 0o102, 0o600, 0)
    filtered("mq_unlink", 241, b"queue")
    return verdict()
