"""The ends of sockets, as the kernel tells them when they come: sock_diag's destroy groups.

``include/uapi/linux/sock_diag.h`` has the groups, ``net/core/sock_diag.c`` sends to them. An event is a
row of a dump without owner and inode, and for TCP the last tcp_info; a socket is known again by its
cookie. There is none for TIME_WAIT (the event comes when that begins) and for SYN_RECV.
"""

import errno
import select
import socket
import struct
from typing import NamedTuple

from tcp46.kernel.constants import (
    INET_DIAG_INFO,
    INET_DIAG_PROTOCOL,
    NETLINK_ADD_MEMBERSHIP,
    NETLINK_SOCK_DIAG,
    NLMSG_HDRLEN,
    SK_MEMINFO_DROPS,
    SKNLGRP_INET6_TCP_DESTROY,
    SKNLGRP_INET6_UDP_DESTROY,
    SKNLGRP_INET_TCP_DESTROY,
    SKNLGRP_INET_UDP_DESTROY,
    SO_MEMINFO,
    SO_RCVBUFFORCE,
    SOCK_DIAG_BY_FAMILY,
    SOL_NETLINK,
)
from tcp46.kernel.netlink import DATAGRAM_MAX, DecodeError, OpenSocket, attributes, open_netlink
from tcp46.kernel.tcpinfo import byte_counts
from tcp46.model.socket import Family, Protocol

ROOM = 8 << 20
"""Bytes that the kernel is asked to keep events in; one takes 2,304 of them, however short it is."""

_GROUPS = (
    SKNLGRP_INET_TCP_DESTROY,
    SKNLGRP_INET_UDP_DESTROY,
    SKNLGRP_INET6_TCP_DESTROY,
    SKNLGRP_INET6_UDP_DESTROY,
)
_HEADER = struct.Struct("=IHHIIBBBB")
"""struct nlmsghdr, and the first members of struct inet_diag_msg: family, state, timer, retrans."""
_ENDS = struct.Struct(">HHQQQQ")
_PLACE = struct.Struct("=III")
_ATTRIBUTES = NLMSG_HDRLEN + 72
_MEMINFO = struct.Struct("=9I")
_MAPPED = 0xFFFF << 32
_MSG_TRUNC = int(socket.MSG_TRUNC)
_PROTOCOLS = frozenset(Protocol)
_FAMILIES = frozenset(Family)


class Ending(NamedTuple):
    """One socket that is no more; the names are those of `tcp46.model.columns.Columns`.

    `received` and `sent` are bytes of TCP, None where the kernel does not count them. What reset a
    connection or refused it may have taken the address or the port of an end with it: 0.
    """

    protocol: int
    family: int
    local_port: int
    remote_port: int
    local_high: int
    local_low: int
    remote_high: int
    remote_low: int
    ifindex: int
    cookie: int
    received: int | None
    sent: int | None


class Heard(NamedTuple):
    """What has come since it was last asked for.

    `lost`: how many events the kernel had no room for, None when there were some and it does not tell
    how many. `malformed` counts those that made no sense. `is_all`: nothing more is waiting.
    """

    endings: tuple[Ending, ...]
    lost: int | None
    malformed: int
    is_all: bool


class EndingSocket:
    """Hears of the network namespace of the thread that makes it; no privilege is needed.

    OSError when the kernel, or what restrains this program, does not allow it.
    """

    def __init__(self, open_socket: OpenSocket = open_netlink, room: int = ROOM) -> None:
        self._raw = open_socket(NETLINK_SOCK_DIAG)
        self._buffer = memoryview(bytearray(DATAGRAM_MAX))
        self._dropped = 0
        try:
            self._make_room(room)
            for group in _GROUPS:
                self._raw.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        except OSError:
            self._raw.close()
            raise

    def _make_room(self, room: int) -> None:
        # The kernel doubles what it is given; without CAP_NET_ADMIN net.core.rmem_max is the limit.
        try:
            self._raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, room // 2)
        except OSError:
            self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room // 2)

    def close(self) -> None:
        """Hear no more."""
        self._raw.close()

    def wait(self, seconds: float) -> bool:
        """Return whether something is there to be heard, after at most `seconds`."""
        poll = select.poll()
        poll.register(self._raw, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def hear(self, most: int) -> Heard:
        """Return what has come, at most `most` events; does not wait. OSError when the socket is broken."""
        endings: list[Ending] = []
        malformed, has_overrun, is_all = 0, False, False
        for _ in range(most):
            try:
                size = self._receive()
                if size is not None:
                    ending = decode_ending(self._buffer, size)
                    if ending is not None:
                        endings.append(ending)
            except (BlockingIOError, InterruptedError):
                is_all = True
                break
            except DecodeError:
                malformed += 1
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                has_overrun = True
        return Heard(tuple(endings), self._count_lost(has_overrun=has_overrun), malformed, is_all)

    def _receive(self) -> int | None:
        """Receive into the buffer and return the size; None when it is not the kernel that has sent it."""
        size, _, flags, sender = self._raw.recvmsg_into([self._buffer], 0, socket.MSG_DONTWAIT)
        if sender[0] != 0:
            return None
        if flags & _MSG_TRUNC:
            raise DecodeError("an event was longer than the buffer")
        return size

    def _count_lost(self, *, has_overrun: bool) -> int | None:
        """Return how many events were dropped since the last time, by the kernel's own counter."""
        try:
            told = self._raw.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size)
            dropped: int = _MEMINFO.unpack(told)[SK_MEMINFO_DROPS]
        except (OSError, struct.error):
            return None if has_overrun else 0
        before, self._dropped = self._dropped, dropped
        return (dropped - before) & 0xFFFFFFFF


def decode_ending(buffer: memoryview, size: int) -> Ending | None:
    """Return the event in the first `size` bytes of `buffer`; None for a socket that tcp46 does not show.

    That is one of another kind, or one that never had a port. DecodeError when it is no event.
    """
    if size < _ATTRIBUTES:
        raise DecodeError(f"an event has {size} bytes")
    length, kind, _, _, _, family, _, _, _ = _HEADER.unpack_from(buffer, 0)
    if kind != SOCK_DIAG_BY_FAMILY or not _ATTRIBUTES <= length <= size:
        raise DecodeError(f"an event of type {kind} claims {length} bytes and has {size}")
    local_port, remote_port, local_high, local_low, remote_high, remote_low = _ENDS.unpack_from(buffer, 20)
    ifindex, low, high = _PLACE.unpack_from(buffer, 56)
    protocol = 0
    received = sent = None
    for name, at, length_of in attributes(buffer, _ATTRIBUTES, length):
        if name == INET_DIAG_PROTOCOL and length_of >= 1:
            protocol = buffer[at]
        elif name == INET_DIAG_INFO:
            received, sent = byte_counts(buffer[at : at + length_of])
    if not local_port or protocol not in _PROTOCOLS or family not in _FAMILIES:
        return None
    if family == Family.AF_INET:
        local_high, local_low = 0, _MAPPED | local_high >> 32
        remote_high, remote_low = 0, _MAPPED | remote_high >> 32
    if protocol != Protocol.TCP:
        received = sent = None
    return Ending(
        protocol, family, local_port, remote_port, local_high, local_low, remote_high, remote_low, ifindex,
        high << 32 | low, received, sent,
    )  # fmt: skip
