# expect: held
# The hypervisor's and a neighbour machine's.
from prelude import *


def main():
    refused("a vsock", call("socket", 40, 1, 0), "EPERM")
    refused("a vsock for datagrams", call("socket", 40, 2, 0), "EPERM")
    refused("open /dev/vsock", attempt(os.open, "/dev/vsock", os.O_RDWR), "ENOENT")
    refused("open /dev/vhost-vsock", attempt(os.open, "/dev/vhost-vsock", os.O_RDWR), "ENOENT")
    return verdict()
