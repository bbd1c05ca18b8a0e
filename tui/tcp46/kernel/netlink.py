"""Netlink: the socket, and the strict reading of what comes out of it (netlink(7))."""

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator
from time import monotonic
from types import TracebackType
from typing import Self

from tcp46.kernel.constants import (
    NLA_HDRLEN,
    NLA_TYPE_MASK,
    NLM_F_DUMP,
    NLM_F_DUMP_INTR,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    NLMSG_HDRLEN,
    NLMSG_OVERRUN,
)

DATAGRAM_MAX = 1 << 16
"""Room to offer for one datagram, in bytes; the kernel sends at most 32 KiB of a dump at once."""

DUMP_SECONDS = 30.0
"""A dump that takes longer is given up."""

DUMP_ATTEMPTS = 4
"""How often a dump that the kernel marks as interrupted is made before it is taken as it is."""

# The kernel makes a dump's next piece while it is being asked for it: silence means that none will come.
_WAIT_SECONDS = 0.2
_WAITS = 10
_MAX_ERRNO = 4095
_MSG_TRUNC = int(socket.MSG_TRUNC)  # the enumeration's & takes as long as the call
_HEADER = struct.Struct("=IHHII")
_ERRNO = struct.Struct("=i")
_ATTRIBUTE = struct.Struct("=HH")


class DecodeError(Exception):
    """Bytes that the protocol does not allow."""


OpenSocket = Callable[[int], socket.socket]
"""Opens a netlink socket of the given netlink protocol; OSError where that is refused."""


def open_netlink(protocol: int) -> socket.socket:
    """Open a netlink socket in the network namespace of the calling thread."""
    raw = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    try:
        # A receive timeout in the kernel saves the poll(2) before each recvmsg(2) that settimeout() costs.
        timeout = struct.pack("@ll", 0, int(_WAIT_SECONDS * 1_000_000))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        raw.bind((0, 0))
    except OSError:
        raw.close()
        raise
    return raw


class Connection:
    """One netlink socket; `port` and `sequence` are what the answers to the last request carry."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self.port: int = raw.getsockname()[0]
        self.sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    def request_dump(self, kind: int, payload: bytes) -> None:
        """Ask the kernel for a dump; OSError when it does not take the request."""
        self.request(kind, payload, NLM_F_REQUEST | NLM_F_DUMP)

    def request(self, kind: int, payload: bytes, flags: int) -> None:
        """Ask the kernel; OSError when it does not take the request."""
        self.sequence += 1
        length = NLMSG_HDRLEN + len(payload)
        header = _HEADER.pack(length, kind, flags, self.sequence, self.port)
        self._raw.sendto(header + payload, (0, 0))

    def receive_into(self, buffer: memoryview) -> int:
        """Receive one datagram of the kernel's, and return its size in bytes.

        TimeoutError after some 2 s without one; another OSError as recvmsg(2) gives it; DecodeError when
        the datagram did not fit.
        """
        for _ in range(_WAITS):
            try:
                size, _, flags, sender = self._raw.recvmsg_into([buffer])
            except (BlockingIOError, InterruptedError):
                continue
            if sender[0] != 0:  # another process may send to this port, too
                continue
            if flags & _MSG_TRUNC:
                raise DecodeError("a datagram was longer than the buffer")
            return size
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def message_offsets(words: memoryview, start: int, end: int) -> list[int]:
    """Return where the messages of a datagram begin, in bytes.

    `words` is the buffer as native 32-bit words; the datagram is its bytes from `start`, a multiple of
    four, to `end`. DecodeError when it is not made of whole messages.
    """
    offsets = []
    while start < end:
        if end - start < NLMSG_HDRLEN:
            raise DecodeError("a datagram ends inside a message's header")
        length = words[start >> 2]
        if not NLMSG_HDRLEN <= length <= end - start:
            raise DecodeError(f"a message claims {length} bytes where {end - start} are left")
        offsets.append(start)
        start += (length + 3) & ~3
    return offsets


def attributes(buffer: memoryview, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (type, offset of the payload, its length) of the attributes from `start` to `end`, in bytes.

    DecodeError when one is shorter than its header or longer than the message. Up to three bytes that
    are left over are padding (``include/net/netlink.h``, ``nla_ok``).
    """
    while end - start >= NLA_HDRLEN:
        length, kind = _ATTRIBUTE.unpack_from(buffer, start)
        if not NLA_HDRLEN <= length <= end - start:
            raise DecodeError(f"an attribute claims {length} bytes where {end - start} are left")
        yield kind & NLA_TYPE_MASK, start + NLA_HDRLEN, length - NLA_HDRLEN
        start += (length + 3) & ~3


def end_of_dump(buffer: memoryview, start: int) -> int | None:
    """Return how the message at `start` ends its dump: 0, a positive errno, or None when it does not.

    An error that comes inside NLMSG_DONE counts like one in NLMSG_ERROR; an NLMSG_ERROR of 0 is an
    acknowledgement and ends nothing. DecodeError when the number is missing or is none of the kernel's.
    """
    length, kind, _, _, _ = _HEADER.unpack_from(buffer, start)
    if kind == NLMSG_OVERRUN:
        return errno.ENOBUFS
    if kind not in (NLMSG_DONE, NLMSG_ERROR):
        return None
    if length < NLMSG_HDRLEN + _ERRNO.size:
        if kind == NLMSG_DONE:
            return 0
        raise DecodeError("an error message without its number")
    (number,) = _ERRNO.unpack_from(buffer, start + NLMSG_HDRLEN)
    if not -_MAX_ERRNO <= number <= 0:
        raise DecodeError(f"{number} is not an error number")
    return None if kind == NLMSG_ERROR and number == 0 else -number


def dump(raw: socket.socket, kind: int, payload: bytes) -> list[tuple[int, memoryview]]:
    """Return (type, payload) of every message of a dump, for dumps that are small.

    A dump that was interrupted by a change is made again. OSError when the kernel refuses or falls
    silent, DecodeError when it cannot be understood. Closes `raw`.
    """
    with Connection(raw) as connection:
        for _ in range(DUMP_ATTEMPTS):
            messages, interrupted = _dump_once(connection, kind, payload)
            if not interrupted:
                break
    return messages


def _dump_once(
    connection: Connection, kind: int, payload: bytes
) -> tuple[list[tuple[int, memoryview]], bool]:
    connection.request_dump(kind, payload)
    deadline = monotonic() + DUMP_SECONDS
    messages: list[tuple[int, memoryview]] = []
    interrupted = False
    while monotonic() < deadline:
        buffer = memoryview(bytearray(DATAGRAM_MAX))
        size = connection.receive_into(buffer)
        for at in message_offsets(buffer.cast("I"), 0, size):
            length, found, flags, sequence, port = _HEADER.unpack_from(buffer, at)
            if (sequence, port) != (connection.sequence, connection.port):
                continue
            interrupted |= bool(flags & NLM_F_DUMP_INTR)
            number = end_of_dump(buffer, at)
            if number:
                raise OSError(number, os.strerror(number))
            if number == 0:
                return messages, interrupted
            messages.append((found, buffer[at + NLMSG_HDRLEN : at + length]))
    raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
