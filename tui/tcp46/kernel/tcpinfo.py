"""tcp_info of one connection, by one exact request to sock_diag (sock_diag(7))."""

import errno
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from tcp46.kernel.constants import (
    INET_DIAG_CONG,
    INET_DIAG_INFO,
    NETLINK_SOCK_DIAG,
    NLM_F_REQUEST,
    NLMSG_HDRLEN,
    SOCK_DIAG_BY_FAMILY,
)
from tcp46.kernel.netlink import (
    DATAGRAM_MAX,
    Connection,
    DecodeError,
    OpenSocket,
    attributes,
    end_of_dump,
    message_offsets,
    open_netlink,
)
from tcp46.model.address import Endpoint
from tcp46.model.socket import Protocol, Socket
from tcp46.model.tcpinfo import TcpInfo

_HEADER = struct.Struct("=IHHII")
_MESSAGE_SIZE = 72
"""struct inet_diag_msg (``include/uapi/linux/inet_diag.h``)."""

_COOKIE = NLMSG_HDRLEN + 44
_U32_MAX = (1 << 32) - 1
_U64_MAX = (1 << 64) - 1
_TCP_INFINITE_SSTHRESH = 0x7FFFFFFF
"""``include/net/tcp.h``: there was no loss yet to set a threshold."""


class Member(NamedTuple):
    """A member of struct tcp_info; `unset` is what it holds before there is a value."""

    offset: int
    form: str
    unset: int | None = None

    @property
    def end(self) -> int:
        """Return where it ends: a struct of fewer bytes does not have it."""
        return self.offset + struct.calcsize(f"={self.form}")


_FLAGS = Member(7, "B")
MEMBERS = {
    "retransmits": Member(2, "B"),
    "snd_mss": Member(16, "I", 0),
    "rcv_mss": Member(20, "I", 0),
    "retrans": Member(36, "I"),
    "pmtu": Member(60, "I", 0),
    "rtt": Member(68, "I", 0),
    "rttvar": Member(72, "I"),
    "snd_ssthresh": Member(76, "I", _TCP_INFINITE_SSTHRESH),
    "snd_cwnd": Member(80, "I"),
    "total_retrans": Member(100, "I"),
    "pacing_rate": Member(104, "Q", _U64_MAX),
    "bytes_acked": Member(120, "Q"),
    "bytes_received": Member(128, "Q"),
    "min_rtt": Member(148, "I", _U32_MAX),
    "delivery_rate": Member(160, "Q", 0),
    "busy_time": Member(168, "Q"),
    "rwnd_limited": Member(176, "Q"),
    "sndbuf_limited": Member(184, "Q"),
    "bytes_sent": Member(200, "Q"),
    "bytes_retrans": Member(208, "Q"),
}
"""Where struct tcp_info has them (``include/uapi/linux/tcp.h``); older kernels give a shorter one."""

_U64 = struct.Struct("=Q")
_BYTES_ACKED, _BYTES_RECEIVED, _BYTES_SENT, _BYTES_RETRANS = (
    MEMBERS[name].offset for name in ("bytes_acked", "bytes_received", "bytes_sent", "bytes_retrans")
)


def read_tcp_info(socket: Socket, open_socket: OpenSocket = open_netlink) -> TcpInfo | None:
    """Return how the TCP connection `socket`, of the calling thread's network namespace, fares.

    None when it is no connection, has none any more (TIME_WAIT), is another one by now, or when the
    kernel does not tell.
    """
    return read_tcp_infos([socket], open_socket)[0]


def read_tcp_infos(sockets: Sequence[Socket], open_socket: OpenSocket = open_netlink) -> list[TcpInfo | None]:
    """Return for each of `sockets` what `read_tcp_info` does, one exact request after the other."""
    found: list[TcpInfo | None] = [None] * len(sockets)
    # When it has fallen silent it is not waited for once for each.
    with suppress(OSError), Connection(open_socket(NETLINK_SOCK_DIAG)) as connection:
        for place, socket in enumerate(sockets):
            found[place] = _told(connection, socket)
    return found


def _told(connection: Connection, socket: Socket) -> TcpInfo | None:
    """Return what the kernel says of `socket`, if anything. OSError when it does not answer."""
    if socket.protocol is not Protocol.TCP or socket.remote is None or socket.state.is_endpoint:
        return None
    try:
        return _ask(connection, socket, socket.remote)
    except TimeoutError:
        raise
    except (OSError, DecodeError):
        return None


def _ask(connection: Connection, socket: Socket, remote: Endpoint) -> TcpInfo | None:
    connection.request(SOCK_DIAG_BY_FAMILY, _request(socket, remote), NLM_F_REQUEST)
    buffer = memoryview(bytearray(DATAGRAM_MAX))
    size = connection.receive_into(buffer)
    for at in message_offsets(buffer.cast("I"), 0, size):
        length, kind, _, sequence, port = _HEADER.unpack_from(buffer, at)
        if (sequence, port) != (connection.sequence, connection.port):
            continue
        number = end_of_dump(buffer, at)
        if number:
            raise OSError(number, os.strerror(number))
        if kind == SOCK_DIAG_BY_FAMILY:
            return _decode(buffer, at, at + length, socket)
    raise OSError(errno.ENODATA, os.strerror(errno.ENODATA))


def _request(socket: Socket, remote: Endpoint) -> bytes:
    """Return a struct inet_diag_req_v2 for this very socket; the kernel compares the cookie, too."""
    extensions = 1 << INET_DIAG_INFO - 1 | 1 << INET_DIAG_CONG - 1
    cookie = _U64_MAX if socket.cookie is None else socket.cookie
    return (
        struct.pack("=BBBBI", socket.family, socket.protocol, extensions, 0, 1 << socket.state)
        + struct.pack(">HH", socket.local.port, remote.port)
        + socket.local.address.packed.ljust(16, b"\0")
        + remote.address.packed.ljust(16, b"\0")
        + struct.pack("=III", socket.ifindex, cookie & _U32_MAX, cookie >> 32)
    )


def _decode(buffer: memoryview, start: int, end: int, socket: Socket) -> TcpInfo | None:
    if end - start < NLMSG_HDRLEN + _MESSAGE_SIZE:
        raise DecodeError(f"a socket's message has {end - start} bytes")
    low, high = struct.unpack_from("=II", buffer, start + _COOKIE)
    if socket.cookie is not None and socket.cookie != high << 32 | low:
        return None
    info, name = b"", None
    for kind, payload, size in attributes(buffer, start + NLMSG_HDRLEN + _MESSAGE_SIZE, end):
        if kind == INET_DIAG_INFO:
            info = bytes(buffer[payload : payload + size])
        elif kind == INET_DIAG_CONG:
            name = bytes(buffer[payload : payload + size]).partition(b"\0")[0].decode("ascii", "replace")
    return decode_tcp_info(info, name) if info else None


def decode_tcp_info(info: bytes, ca_name: str | None = None) -> TcpInfo:
    """Return what a struct tcp_info says, as sock_diag and getsockopt(TCP_INFO) give it."""
    values: dict[str, Any] = {name: _value(info, member) for name, member in MEMBERS.items()}
    flags = _value(info, _FLAGS)
    if flags is not None and values["delivery_rate"] is not None:
        values["delivery_rate_app_limited"] = bool(flags & 1)
    if values["rtt"] is None:
        values["rttvar"] = None
    return TcpInfo(ca_name=ca_name, **values)


def byte_counts(info: bytes | memoryview) -> tuple[int | None, int | None]:
    """Return how many bytes a connection has received and sent, what was sent again counted once.

    `info` is a struct tcp_info. Before Linux 4.19 what was acknowledged stands for what was sent.
    Received and acknowledged bytes may be one more, for a FIN or a SYN.
    """
    if len(info) < _BYTES_RECEIVED + _U64.size:
        return None, None
    (received,) = _U64.unpack_from(info, _BYTES_RECEIVED)
    if len(info) < _BYTES_RETRANS + _U64.size:
        return received, _U64.unpack_from(info, _BYTES_ACKED)[0]
    return received, max(
        0, _U64.unpack_from(info, _BYTES_SENT)[0] - _U64.unpack_from(info, _BYTES_RETRANS)[0]
    )


def _value(info: bytes, member: Member) -> int | None:
    if len(info) < member.end:
        return None
    value: int = struct.unpack_from(f"={member.form}", info, member.offset)[0]
    return None if value == member.unset else value
