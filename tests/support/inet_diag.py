"""inet_diag messages made by hand, and a socket that answers with what a test gives it."""

import errno
import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

PORT = 4321
SEQUENCE = 1
NETLINK_SOCK_DIAG = 4
TCPDIAG_GETSOCK = 18
SOCK_DIAG_BY_FAMILY = 20
TCP = 6
BOTH = 0
"""Stands for either family where a request names none."""
HEADER = struct.Struct("=IHHII")


def message(kind, payload=b"", *, flags=2, sequence=SEQUENCE, port=PORT, length=None):
    """One netlink message, padded to four bytes; `length` overrides the true one."""
    size = HEADER.size + len(payload)
    header = HEADER.pack(size if length is None else length, kind, flags, sequence, port)
    return header + payload + bytes(-size % 4)


def noop():
    return message(1)


def error(number):
    return message(2, struct.pack("=i", -number) + bytes(16))


def done(number=0):
    return message(3, struct.pack("=i", -number))


def attribute(kind, payload=b"", length=None):
    size = 4 + len(payload)
    return struct.pack("=HH", size if length is None else length, kind) + payload + bytes(-size % 4)


def v6only(value):
    return attribute(11, bytes([value]))


def cgroup(number):
    return attribute(21, struct.pack("=Q", number))


@dataclass(frozen=True)
class Row:
    """What one socket's message says, in the kernel's terms."""

    family: int = 10
    state: int = 10
    local: str = "::"
    remote: str = "::"
    local_port: int = 80
    remote_port: int = 0
    interface: int = 0
    cookie: int = 1
    recv_q: int = 0
    send_q: int = 128
    uid: int = 0
    inode: int = 1000
    attributes: tuple[bytes, ...] = field(default=())

    def payload(self):
        return b"".join(
            (
                struct.pack("=BBBB", self.family, self.state, 0, 0),
                struct.pack(">HH", self.local_port, self.remote_port),
                ip_address(self.local).packed.ljust(16, b"\0"),
                ip_address(self.remote).packed.ljust(16, b"\0"),
                struct.pack("=III", self.interface, self.cookie & 0xFFFFFFFF, self.cookie >> 32),
                struct.pack("=IIIII", 0, self.recv_q, self.send_q, self.uid, self.inode),
                *self.attributes,
            )
        )

    def message(self, kind=SOCK_DIAG_BY_FAMILY, **header):
        return message(kind, self.payload(), **header)


def mapped_number(text):
    """An address as a number of 128 bits, IPv4 as ``::ffff:a.b.c.d``."""
    address = ip_address(text)
    return int(address) if isinstance(address, IPv6Address) else 0xFFFF << 32 | int(IPv4Address(text))


class FakeKernel:
    """Opens sockets that answer each request with `answer(protocol, family)`.

    An answer is a list of datagrams; one may be an exception to raise, or (datagram, flags of recvmsg,
    sender's port). When the list is at its end the socket says that nothing came. TCP sockets of `BOTH`
    families in one are refused unless it `knows_both`.
    """

    def __init__(self, answer, *, knows_both=False):
        self.answer = answer
        self.knows_both = knows_both
        self.asked = []
        self.extensions = []
        self.is_open = 0

    def open(self, netlink_protocol):
        self.is_open += 1
        return _FakeSocket(self, is_of_sockets=netlink_protocol == NETLINK_SOCK_DIAG)


class _FakeSocket:
    def __init__(self, kernel, *, is_of_sockets):
        self._kernel = kernel
        self._is_of_sockets = is_of_sockets
        self._queue = []

    def getsockname(self):
        return (PORT, 0)

    def setsockopt(self, _level, _option, _value):
        pass

    def sendto(self, data, address):
        kind = HEADER.unpack_from(data)[1]
        family, protocol, extensions = struct.unpack_from("=BBB", data, HEADER.size)
        is_of_both = self._is_of_sockets and kind == TCPDIAG_GETSOCK
        if is_of_both:
            family, protocol, extensions = BOTH, TCP, data[HEADER.size + 3]
        self._kernel.asked.append((protocol, family))
        self._kernel.extensions.append(extensions)
        is_refused = is_of_both and not self._kernel.knows_both
        self._queue = [error(errno.EOPNOTSUPP)] if is_refused else list(self._kernel.answer(protocol, family))
        return len(data)

    def recvmsg_into(self, buffers):
        item = self._queue.pop(0) if self._queue else BlockingIOError()
        if isinstance(item, Exception):
            raise item
        data, flags, sender = item if isinstance(item, tuple) else (item, 0, 0)
        buffers[0][: len(data)] = data
        return len(data), [], flags, (sender, 0)

    def close(self):
        self._kernel.is_open -= 1
