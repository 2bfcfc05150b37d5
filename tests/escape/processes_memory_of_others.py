# expect: held
# process_vm_readv and friends, and their kin for a child, which ptrace access would allow.
from prelude import *


def main():
    child = os.fork()
    if child == 0:
        time.sleep(20)
        os._exit(0)
    buffer = ctypes.create_string_buffer(16)
    vector = struct.pack("QQ", ctypes.addressof(buffer), 16)
    for pid in (1, child):
        filtered("process_vm_readv", pid, vector, 1, vector, 1, 0)
        filtered("process_vm_writev", pid, vector, 1, vector, 1, 0)
    filtered("process_madvise", 0, vector, 1, 4, 0)
    filtered("process_mrelease", 0, 0)
    filtered("kcmp", 1, child, 0, 0, 0)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return verdict()
