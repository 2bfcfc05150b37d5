# expect: held
# socket() loads the module of a protocol for any caller: a run may only make sockets that it needs.
from prelude import *

PROTOCOLS = {"SCTP": 132, "DCCP": 33, "UDP-Lite": 136, "MPTCP": 262, "L2TP": 115, "SMC": 256, "raw": 255, "ICMP": 1}


def main():
    for family in (2, 10):
        for name, protocol in PROTOCOLS.items():
            for kind in (1, 2, 5, 6):
                refused(f"a socket of {name}", call("socket", family, kind, protocol), "EPERM")
                refused(
                    f"a socket of {name} with high bits", call("socket", family, kind, protocol | 1 << 32), "EPERM"
                )
    return verdict()
