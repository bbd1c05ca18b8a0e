"""What every row of a dump serves: connections by column, the rest by the verdict floor."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import is_

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.host import Host
from tcp46.model.socket import Protocol, Socket, State
from tcp46.model.verdict import REASONS, Reason, Verdict
from tcp46.snapshot.moment import connection_labels
from tcp46.verdict.judge import judge

ReadOptions = Callable[[Sequence[Socket]], Sequence[Socket]]
"""Gives the same sockets with the options that could be read from them."""

_REASON_CODES: dict[Reason, int] = {reason: code for code, reason in enumerate(REASONS)}

_DECIDING = (
    "protocol", "family", "state", "v6only", "local_port", "remote_port", "local_high", "local_low",
    "remote_high", "remote_low", "ifindex", "uid", "cookie",
)  # fmt: skip
"""The columns that a verdict hangs on."""


class Labeller:
    """Labels one dump after the other, and judges only the ports on which something has changed."""

    def __init__(self) -> None:
        self.judged = 0
        """How many sockets were judged so far: the cost."""
        self._host: Host | None = None
        self._known: dict[bytes, tuple[Verdict, ...]] = {}
        self._last: tuple[bytes, Column, Column] | None = None
        """What the waiting sockets looked like when all were certain, and their labels."""
        self._labelled: tuple[tuple[Column, ...], Column, Column] | None = None
        """The columns that decided of the last dump, when all were certain, and its labels."""

    def label(
        self, rows: Columns, host: Host, read_options: ReadOptions | None = None
    ) -> tuple[Column, Column]:
        """Return the columns `serves` and `reason` of `rows` on `host`.

        `read_options` is asked only for the sockets of a port where options decide and no dump tells.
        """
        if host != self._host:
            self._host, self._known, self._last, self._labelled = host, {}, None, None
        columns = tuple(getattr(rows, name) for name in _DECIDING)
        if self._labelled is not None and all(map(is_, columns, self._labelled[0])):
            return self._labelled[1:]
        self._labelled = None
        serves, reason = connection_labels(rows)
        order = _concerned(rows)
        table = _deciding(rows, order)
        content = table.tobytes()
        if self._last is None or self._last[0] != content:
            verdicts = self._verdicts(rows, order, table, host, read_options)
            labels = np.array([(one.serves, _REASON_CODES[one.reason]) for one in verdicts], "u1")
            self._last = content, *labels.reshape(-1, 2).T
        _, serves[order], reason[order] = self._last
        if (reason[order] == _REASON_CODES[Reason.AMBIGUOUS]).any():
            self._last = None  # the options may be there to read the next time
        else:
            self._labelled = columns, serves, reason
        return serves, reason

    def _verdicts(
        self, rows: Columns, order: Column, table: Column, host: Host, read_options: ReadOptions | None
    ) -> list[Verdict]:
        """Return the verdicts on the rows `order`, which are as `table` says, port by port."""
        known: dict[bytes, tuple[Verdict, ...]] = {}
        every: list[Verdict] = []
        for start, end in _ports(table):
            content = table[start:end].tobytes()
            verdicts = self._known.get(content)
            if verdicts is None:
                verdicts = self._judge([rows.socket(index) for index in order[start:end]], host, read_options)
            if all(verdict.reason is not Reason.AMBIGUOUS for verdict in verdicts):
                known[content] = verdicts
            every += verdicts
        self._known = known
        return every

    def _judge(
        self, sockets: Sequence[Socket], host: Host, read_options: ReadOptions | None
    ) -> tuple[Verdict, ...]:
        """Return the verdicts on `sockets`, which share one protocol and port."""
        self.judged += len(sockets)
        verdicts = _verdicts(sockets, host)
        is_open = any(verdict.reason is Reason.AMBIGUOUS for verdict in verdicts)
        return _verdicts(read_options(sockets), host) if is_open and read_options is not None else verdicts


def _concerned(rows: Columns) -> Column:
    """Return the rows of the ports on which somebody waits: by protocol and port, then in dump order.

    Those are the waiting sockets and, for UDP, the connected ones, which may be in a group with them.
    """
    waiting = rows.is_endpoint
    connected_udp = np.flatnonzero((rows.protocol == Protocol.UDP) & (rows.state == State.ESTABLISHED))
    concerned = np.flatnonzero(waiting)
    if len(connected_udp):
        ports = rows.local_port[waiting & (rows.protocol == Protocol.UDP)]
        beside = connected_udp[np.isin(rows.local_port[connected_udp], ports)]
        concerned = np.sort(np.concatenate([concerned, beside]))
    port = rows.protocol[concerned].astype("u4") << 16 | rows.local_port[concerned]
    return np.asarray(concerned[np.argsort(port, kind="stable")])


def _deciding(rows: Columns, order: Column) -> Column:
    """Return what the verdicts on the rows `order` hang on, as a structured array."""
    table = np.empty(len(order), [(name, getattr(rows, name).dtype) for name in _DECIDING])
    for name in _DECIDING:
        table[name] = getattr(rows, name)[order]
    return table


def _ports(table: Column) -> Iterator[tuple[int, int]]:
    """Yield where each port's sockets begin and end."""
    port = table["protocol"].astype("u4") << 16 | table["local_port"]
    starts = np.flatnonzero(np.diff(port, prepend=np.uint32(0xFFFFFFFF))).tolist()
    return pairwise([*starts, len(table)])


def _verdicts(sockets: Sequence[Socket], host: Host) -> tuple[Verdict, ...]:
    alone = [judge(socket, host) for socket in sockets]
    if len(sockets) == 1:
        return tuple(alone)
    from tcp46.verdict.shadow import shadowing, verdict_among  # noqa: PLC0415  many ports have one socket

    return tuple(
        verdict if reach is None else verdict_among(verdict, socket, reach)
        for socket, verdict, reach in zip(sockets, alone, shadowing(sockets, host), strict=True)
    )
