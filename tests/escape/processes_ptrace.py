# expect: held
# Not even of its own children.
from prelude import *

PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_PEEKDATA = 0, 16, 0x4206, 2


def main():
    child = os.fork()
    if child == 0:
        time.sleep(20)
        os._exit(0)
    for request in (PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_PEEKDATA):
        for pid in (0, 1, child, 2000):
            refused(f"ptrace {request:#x} of {pid}", call("ptrace", request, pid, 0, 0), "EPERM")
    filtered("ptrace", PTRACE_TRACEME, 0, 0, 0)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return verdict()
