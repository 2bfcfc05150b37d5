# expect: returned 42
# absent: /dev/shm/python-executor-escape-left
from multiprocessing import resource_tracker, shared_memory


def main():
    block = shared_memory.SharedMemory(name="python-executor-escape-left", create=True, size=1 << 20)
    resource_tracker.unregister(block._name, "shared_memory")
    return 42
