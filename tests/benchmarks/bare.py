"""The measure: the kernel's dump, asked for as ss asks, received and thrown away, and nothing else done."""

import socket
import struct

NETLINK_SOCK_DIAG = 4
TCPDIAG_GETSOCK = 18
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST_DUMP = 0x301
NLMSG_DONE = 3
ALL_STATES = (1 << 14) - 1
WAITING = 1 << 10 | 1 << 13
"""LISTEN, and with it BOUND: what a listener gets may hang on a socket beside it that is only bound."""
FAMILIES = (socket.AF_INET, socket.AF_INET6)
_BUFFER = bytearray(1 << 16)


def dump(*, states: int = ALL_STATES, local_port: int = 0) -> int:
    """Return how many bytes the kernel says of the TCP and UDP sockets that are asked for (0: any port)."""
    return sum(
        _dump(protocol, family, states, local_port)
        for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
        for family in FAMILIES
    )


def dump_in_one_go() -> int:
    """Return the same of all sockets, TCP of both families asked for at once, as tcp46 asks."""
    request = bytes(4) + _ends(0) + struct.pack("=II", ALL_STATES, 0)
    udp = sum(_dump(socket.IPPROTO_UDP, family, ALL_STATES, 0) for family in FAMILIES)
    return _received(TCPDIAG_GETSOCK, request) + udp


def _dump(protocol: int, family: int, states: int, local_port: int) -> int:
    """Send one struct inet_diag_req_v2."""
    head = struct.pack("=BBBBI", family, protocol, 0, 0, states)
    return _received(SOCK_DIAG_BY_FAMILY, head + _ends(local_port))


def _ends(local_port: int) -> bytes:
    return struct.pack(">H", local_port) + bytes(38) + b"\xff" * 8


def _received(kind: int, request: bytes) -> int:
    """Send a request, and receive until NLMSG_DONE."""
    header = struct.pack("=IHHII", 16 + len(request), kind, NLM_F_REQUEST_DUMP, 1, 0)
    received = 0
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asked:
        asked.sendto(header + request, (0, 0))
        while True:
            received += asked.recv_into(_BUFFER)
            if struct.unpack_from("=H", _BUFFER, 4)[0] == NLMSG_DONE:
                return received
