"""The sockets of the calling thread's network namespace, from NETLINK_SOCK_DIAG (sock_diag(7))."""

import errno
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import numpy as np

from tcp46.kernel.constants import NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, TCP_BOUND_INACTIVE
from tcp46.kernel.decode import BUFFER_SIZE, Decoder
from tcp46.kernel.netlink import (
    DUMP_ATTEMPTS,
    DUMP_SECONDS,
    Connection,
    DecodeError,
    OpenSocket,
    open_netlink,
)
from tcp46.kernel.release import kernel_version
from tcp46.model.columns import Columns
from tcp46.model.kernels import BOUND_INACTIVE_SINCE
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.source import Source

# Kernels that do not know a bit ignore it.
_ALL_STATES = (1 << TCP_BOUND_INACTIVE + 1) - 1
_SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_NO_HANDLER = errno.ENOENT


@dataclass(frozen=True, slots=True)
class Dump:
    """The sockets of one moment, in the order in which the source gave them.

    `partial` says in plain sentences what is missing, and is empty when nothing is known to be.
    `unsupported` are the protocols that the source cannot list; each has its sentence in `partial`.
    `bound_visible` is whether TCP sockets that are bound and do not listen are among the rows.
    """

    rows: Columns
    source: Source
    partial: tuple[str, ...] = ()
    unsupported: tuple[Protocol, ...] = ()
    bound_visible: bool = False


class SockDiagUnavailableError(Exception):
    """sock_diag cannot be had here; `errno` says why."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.errno = number


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one request: `rows`, in pieces.

    `trouble` is what cut it short, `errno` what the kernel ended it with.
    """

    protocol: Protocol
    family: Family
    rows: tuple[Columns, ...]
    errno: int
    interrupted: bool
    left_out: int
    trouble: OSError | DecodeError | None

    @property
    def refusal(self) -> int:
        """The errno with which the request failed as a whole, or 0 when something came of it."""
        if any(map(len, self.rows)):
            return 0
        if isinstance(self.trouble, DecodeError):
            return errno.EBADMSG
        return self.errno if self.trouble is None else self.trouble.errno or errno.EPROTO


def read_sock_diag(open_socket: OpenSocket = open_netlink) -> Dump:
    """Return every TCP and UDP socket of the calling thread's network namespace.

    SockDiagUnavailableError when the kernel, a seccomp filter or a security module refuses the socket,
    or when nothing comes of any request. OSError when this process is short of descriptors or memory.
    """
    buffer = bytearray(BUFFER_SIZE)
    answers = [
        _ask(open_socket, buffer, protocol, family)
        for protocol in (Protocol.TCP, Protocol.UDP)
        for family in (Family.AF_INET, Family.AF_INET6)
    ]
    if all(answer.refusal for answer in answers):
        raise SockDiagUnavailableError(answers[0].refusal)
    rows = _without_doubles(Columns.concatenate([rows for answer in answers for rows in answer.rows]))
    seen = bool((rows.state == State.BOUND).any())
    return Dump(
        rows=rows,
        source=Source.SOCK_DIAG,
        partial=tuple(_sentences(answers)),
        unsupported=tuple(
            protocol
            for protocol in (Protocol.TCP, Protocol.UDP)
            if all(answer.errno == _NO_HANDLER for answer in answers if answer.protocol is protocol)
        ),
        bound_visible=seen or kernel_version() >= BOUND_INACTIVE_SINCE,
    )


def _ask(open_socket: OpenSocket, buffer: bytearray, protocol: Protocol, family: Family) -> _Answer:
    for _ in range(DUMP_ATTEMPTS):
        answer = _ask_once(open_socket, buffer, protocol, family)
        if not answer.interrupted:
            break
    return answer


def _ask_once(open_socket: OpenSocket, buffer: bytearray, protocol: Protocol, family: Family) -> _Answer:
    # A socket of its own for each request: a dump that was given up goes on on the old one.
    try:
        connection = Connection(open_socket(NETLINK_SOCK_DIAG))
    except OSError as error:
        if error.errno in _SHORTAGES:
            raise
        raise SockDiagUnavailableError(error.errno or errno.EPROTO) from error
    trouble: OSError | DecodeError | None = None
    with connection:
        decoder = Decoder(buffer, protocol, connection.sequence + 1, connection.port)
        try:
            connection.request_dump(SOCK_DIAG_BY_FAMILY, _request(protocol, family))
            deadline = monotonic() + DUMP_SECONDS
            while not decoder.finished:
                if monotonic() > deadline:
                    raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
                decoder.accept(connection.receive_into(decoder.room))
            decoder.flush()
        except (OSError, DecodeError) as error:
            trouble = error
            with suppress(DecodeError):
                decoder.flush()
    return _Answer(
        protocol,
        family,
        tuple(decoder.parts),
        decoder.errno,
        decoder.interrupted,
        decoder.left_out,
        trouble,
    )


def _request(protocol: Protocol, family: Family) -> bytes:
    """Return a struct inet_diag_req_v2 that asks for all sockets, with no extension."""
    any_socket = bytes(40) + b"\xff" * 8
    return struct.pack("=BBBBI", family, protocol, 0, 0, _ALL_STATES) + any_socket


def _without_doubles(rows: Columns) -> Columns:
    """Return `rows` with each cookie once: a dump that sockets join meanwhile may repeat some."""
    cookies = np.sort(rows.cookie)
    if not (cookies[1:] == cookies[:-1]).any():
        return rows
    _, first = np.unique(rows.cookie, return_index=True)
    keep = rows.cookie == 0
    keep[first] = True
    return rows.take(keep)


def _sentences(answers: Iterable[_Answer]) -> Iterable[str]:
    for answer in answers:
        what = f"{answer.protocol.name} sockets of family {answer.family.name}"
        if answer.errno == _NO_HANDLER:
            module = f"{answer.protocol.name.lower()}_diag"
            yield f"{what}: not supported by this kernel's sock_diag (no {module})."
        elif answer.errno:
            yield f"{what}: the kernel ended the list with an error ({os.strerror(answer.errno)})."
        if answer.trouble is not None:
            yield f"{what}: the list was cut short ({_reason(answer.trouble)})."
        if answer.interrupted:
            yield f"{what}: the list changed while it was read, {DUMP_ATTEMPTS} times; some may be missing."
        if answer.left_out:
            yield f"{what}: {answer.left_out} in a state or family that tcp46 does not know were left out."


def _reason(trouble: OSError | DecodeError) -> str:
    return (trouble.strerror or str(trouble)) if isinstance(trouble, OSError) else str(trouble)
