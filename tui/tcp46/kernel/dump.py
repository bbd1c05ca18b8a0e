"""The sockets of the calling thread's network namespace, from NETLINK_SOCK_DIAG (sock_diag(7))."""

import errno
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

import numpy as np

from tcp46.kernel.constants import NETLINK_SOCK_DIAG
from tcp46.kernel.decode import BUFFER_SIZE, Decoder
from tcp46.kernel.netlink import (
    DUMP_ATTEMPTS,
    DUMP_SECONDS,
    Connection,
    DecodeError,
    OpenSocket,
    open_netlink,
)
from tcp46.kernel.request import EVERYTHING, Part, Request, of_both_families, of_family
from tcp46.model.columns import Column, Columns
from tcp46.model.metrics import Counters
from tcp46.model.socket import Family, Protocol
from tcp46.model.source import Source

_SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_NO_HANDLER = errno.ENOENT


class Dump(NamedTuple):
    """The sockets of one moment, in the order in which the source gave them.

    `partial` says in plain sentences what is missing, and is empty when nothing is known to be.
    `unsupported` are the protocols that the source cannot list; each has its sentence in `partial`.
    `stale` is whether a list changed each time that it was read, so that it is of no one moment.
    `counters` has what tcp_info says of each row, None where it was not asked for. `complete`: nothing
    that the source can list is known to be missing.
    """

    rows: Columns
    source: Source
    partial: tuple[str, ...] = ()
    unsupported: tuple[Protocol, ...] = ()
    stale: bool = False
    counters: Counters | None = None
    complete: bool = True


class SockDiagUnavailableError(Exception):
    """sock_diag cannot be had here; `errno` says why."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.errno = number


class _Answer(NamedTuple):
    """What came of the request for `what`: `rows`, in pieces, and `counters`, in the same or none.

    `trouble` is what cut it short, `errno` what the kernel ended it with.
    """

    what: str
    protocol: Protocol
    rows: tuple[Columns, ...]
    counters: tuple[Counters, ...]
    errno: int
    interrupted: bool
    left_out: int
    trouble: OSError | DecodeError | None

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end, or there is nothing that could have come."""
        return self.trouble is None and not self.interrupted and self.errno in (0, _NO_HANDLER)

    @property
    def refusal(self) -> int:
        """The errno with which the request failed as a whole, or 0 when something came of it."""
        if any(map(len, self.rows)):
            return 0
        if isinstance(self.trouble, DecodeError):
            return errno.EBADMSG
        return self.errno if self.trouble is None else self.trouble.errno or errno.EPROTO


def read_sock_diag(
    open_socket: OpenSocket = open_netlink, *, parts: Sequence[Part] = EVERYTHING, with_info: bool = False
) -> Dump:
    """Return the sockets of `parts` in the calling thread's network namespace, each once.

    With `with_info` the dump has tcp_info in it, which triples its bytes.
    SockDiagUnavailableError when the kernel, a seccomp filter or a security module refuses the socket,
    or when nothing comes of any request. OSError when this process is short of descriptors or memory.
    """
    buffer = bytearray(BUFFER_SIZE)
    answers = [
        answer
        for part in parts
        for answer in _ask_for(open_socket, buffer, part, with_info and part.protocol is Protocol.TCP)
    ]
    if answers and all(answer.refusal for answer in answers):
        raise SockDiagUnavailableError(answers[0].refusal)
    rows = Columns.concatenate([rows for answer in answers for rows in answer.rows])
    counters = _counters(answers) if with_info else None
    once = _once(rows)
    if once is not None:
        rows, counters = rows.take(once), None if counters is None else counters.take(once)
    return Dump(
        rows=rows,
        source=Source.SOCK_DIAG,
        partial=tuple(_sentences(answers)),
        stale=any(answer.interrupted for answer in answers),
        unsupported=tuple(
            protocol
            for protocol in dict.fromkeys(part.protocol for part in parts)
            if all(answer.errno == _NO_HANDLER for answer in answers if answer.protocol is protocol)
        ),
        counters=counters,
        complete=all(answer.is_whole for answer in answers),
    )


def _counters(answers: Iterable[_Answer]) -> Counters:
    """Return a row for each one in `answers`: those that were asked for no tcp_info know nothing."""
    parts = [
        part
        for answer in answers
        for part in answer.counters or [Counters.unknown(len(rows)) for rows in answer.rows]
    ]
    return Counters.concatenate([Counters.unknown(0), *parts])


def _ask_for(open_socket: OpenSocket, buffer: bytearray, part: Part, with_info: bool) -> list[_Answer]:
    """Return what comes of `part`; of TCP in one go, unless that leaves something to be told or desired."""
    if part.protocol is Protocol.TCP:
        both = _ask(open_socket, buffer, of_both_families(part, with_info=with_info))
        if both.is_whole and not both.errno and not both.left_out:
            return [both]
    families = (Family.AF_INET, Family.AF_INET6)
    return [_ask(open_socket, buffer, of_family(part, family, with_info=with_info)) for family in families]


def _ask(open_socket: OpenSocket, buffer: bytearray, request: Request) -> _Answer:
    for _ in range(DUMP_ATTEMPTS):
        answer = _ask_once(open_socket, buffer, request)
        if not answer.interrupted:
            break
    return answer


def _ask_once(open_socket: OpenSocket, buffer: bytearray, request: Request) -> _Answer:
    # A socket of its own for each request: a dump that was given up goes on on the old one.
    try:
        connection = Connection(open_socket(NETLINK_SOCK_DIAG))
    except OSError as error:
        if error.errno in _SHORTAGES:
            raise
        raise SockDiagUnavailableError(error.errno or errno.EPROTO) from error
    trouble: OSError | DecodeError | None = None
    with connection:
        decoder = Decoder(buffer, request, connection.sequence + 1, connection.port)
        try:
            connection.request_dump(request.kind, request.payload)
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
        request.what,
        request.protocol,
        tuple(decoder.parts),
        tuple(decoder.counters),
        decoder.errno,
        decoder.interrupted,
        decoder.left_out,
        trouble,
    )


def _once(rows: Columns) -> Column | None:
    """Return the mask of `rows` with each cookie once: a dump that sockets join meanwhile may repeat some.

    None when there are none to leave out.
    """
    cookies = np.sort(rows.cookie)
    if not (cookies[1:] == cookies[:-1]).any():
        return None
    _, first = np.unique(rows.cookie, return_index=True)
    keep = rows.cookie == 0
    keep[first] = True
    return np.asarray(keep)


def _sentences(answers: Iterable[_Answer]) -> Iterable[str]:
    for answer in answers:
        if answer.errno == _NO_HANDLER:
            module = f"{answer.protocol.name.lower()}_diag"
            yield f"{answer.what}: not supported by this kernel's sock_diag (no {module})."
        elif answer.errno:
            yield f"{answer.what}: the kernel ended the list with an error ({os.strerror(answer.errno)})."
        if answer.trouble is not None:
            yield f"{answer.what}: the list was cut short ({_reason(answer.trouble)})."
        if answer.interrupted:
            times = f"it changed while it was read, {DUMP_ATTEMPTS} times"
            yield f"{answer.what}: the list is stale: {times}; some may be missing."
        if answer.left_out:
            unknown = "in a state or family that tcp46 does not know"
            yield f"{answer.what}: {answer.left_out} {unknown} were left out."


def _reason(trouble: OSError | DecodeError) -> str:
    return (trouble.strerror or str(trouble)) if isinstance(trouble, OSError) else str(trouble)
